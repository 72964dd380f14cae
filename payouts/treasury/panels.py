"""What came to floats and what was said to have gone there, where the two do not agree, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.ops.counting import capped
from payouts.treasury.arrivals import never_came, unexplained
from payouts.treasury.models import FloatCredit, FloatMove

SHOWN, CAP = 10, 1_000


def came_unexplained(at: datetime) -> WorkList:
    """Money that came to a float and that nobody said our bank sent, the oldest first."""
    del at
    rows = unexplained().order_by("came_at")
    number = capped(rows, cap=CAP)
    items = tuple(
        WorkItem(
            f"{show_money(each.amount)} came to {each.rail_account}",
            f"reference {each.reference or 'none'}; nobody said that our bank sent it",
            url_of(each),
            each.came_at,
        )
        for each in rows[:SHOWN]
    )
    tone = Tone.WARNING if number else Tone.GOOD
    return WorkList("Money that came to a float unexplained", count_text(number, cap=CAP), items, tone,
                    list_url(FloatCredit))  # fmt: skip


def moves_never_came(at: datetime) -> WorkList:
    """Movements that two people confirmed, and of which the rail told nothing within a day, the oldest first."""
    rows = never_came(at=at).order_by("decided_at")
    number = capped(rows, cap=CAP)
    items = tuple(
        WorkItem(
            f"{show_money(each.amount)} to {each.rail_account}",
            f"from {each.bank_account}, reference {each.reference}; it is in the books, and nobody saw it come",
            url_of(each),
            each.decided_at,
        )
        for each in rows[:SHOWN]
    )
    tone = Tone.BAD if number else Tone.GOOD
    return WorkList("Floats filled up, never seen to come", count_text(number, cap=CAP), items, tone,
                    list_url(FloatMove, status="confirmed"))  # fmt: skip
