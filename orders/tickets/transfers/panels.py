"""Transfers that need a person, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import WorkItem, WorkList
from config.admin.show import list_url, url_of, words
from config.admin.worklist import work_list
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus


def transfers_to_settle(at: datetime) -> WorkList:
    """Nobody knows who has the tickets, or two words contradict each other: the oldest first, money waits for it."""
    del at
    rows = TicketTransfer.objects.filter(status=TransferStatus.REVIEW).defer("recipient_sealed")
    return work_list(
        "Who has the tickets?",
        rows.select_related("fulfilment").order_by("pk"),
        lambda row: WorkItem(
            f"{len(row.ticket_ids)} tickets by {row.provider}",
            f"the provider says: {words(row.told) or 'nothing'}; their part is {row.fulfilment.status}",
            url_of(row),
            row.told_at or row.created_at,
        ),
        url=list_url(TicketTransfer, status=TransferStatus.REVIEW),
    )
