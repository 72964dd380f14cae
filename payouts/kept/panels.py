"""What needs a second person: money that somebody says a payee has."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import url_of
from config.ops.counting import capped
from config.proposals.models import WAITING
from payouts.kept.models import KeptMoney

SHOWN, CAP = 10, 1_000


def kept_to_confirm(at: datetime) -> WorkList:
    """What one person says, the oldest first."""
    del at
    rows = KeptMoney.objects.filter(WAITING).select_related("payout__payee")
    items = tuple(
        WorkItem(
            f"{show_money(each.amount)} of {each.payout.payee.public_id}",
            each.reason,
            url_of(each.payout),
            each.proposed_at,
        )
        for each in rows.order_by("pk")[:SHOWN]
    )
    number = capped(rows, cap=CAP)
    tone = Tone.WARNING if number else Tone.GOOD
    return WorkList("Money that payees kept, to confirm", count_text(number, cap=CAP), items, tone, "")
