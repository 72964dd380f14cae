"""Money that left unexplained, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import WorkItem, WorkList
from config.admin.show import list_url, url_of
from config.admin.worklist import work_list
from payments.outflows.models import Outflow


def unexplained(at: datetime) -> WorkList:
    """What a gateway sent to somebody and nobody here did, the newest first."""
    del at
    rows = Outflow.objects.filter(status="open").select_related("gateway_account").order_by("-pk")
    return work_list(
        "Money that left unexplained",
        rows,
        lambda row: WorkItem(
            f"{show_money(row.away)} from {row.gateway_account.code}",
            f"to {row.destination or 'nobody named'}",
            url_of(row),
            row.made_at,
        ),
        url=list_url(Outflow, status="open"),
    )
