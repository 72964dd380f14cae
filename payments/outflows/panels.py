"""Money that left unexplained, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.ops.counting import capped
from payments.outflows.models import Outflow

SHOWN, CAP = 10, 1_000


def unexplained(at: datetime) -> WorkList:
    """What a gateway sent to somebody and nobody here did, the newest first."""
    del at
    rows = Outflow.objects.filter(status="open").select_related("gateway_account").order_by("-pk")
    number = capped(rows, cap=CAP)
    items = tuple(
        WorkItem(
            f"{show_money(row.away)} from {row.gateway_account.code}",
            f"to {row.destination or 'nobody named'}",
            url_of(row),
            row.made_at,
        )
        for row in rows[:SHOWN]
    )
    url = list_url(Outflow, status="open")
    tone = Tone.BAD if number else Tone.GOOD
    return WorkList("Money that left unexplained", count_text(number, cap=CAP), items, tone, url)
