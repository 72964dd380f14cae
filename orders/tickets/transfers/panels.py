"""Transfers that need a person, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of, words
from config.ops.counting import capped
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus

SHOWN, CAP = 10, 1_000


def transfers_to_settle(at: datetime) -> WorkList:
    """Nobody knows who has the tickets, or two words contradict each other: the oldest first, money waits for it."""
    del at
    rows = TicketTransfer.objects.filter(status=TransferStatus.REVIEW).defer("recipient_sealed")
    number = capped(rows, cap=CAP)
    items = tuple(
        WorkItem(
            f"{len(row.ticket_ids)} tickets by {row.provider}",
            f"the provider says: {words(row.told) or 'nothing'}; their part is {row.fulfilment.status}",
            url_of(row),
            row.told_at or row.created_at,
        )
        for row in rows.select_related("fulfilment").order_by("pk")[:SHOWN]
    )
    return WorkList(
        "Who has the tickets?",
        count_text(number, cap=CAP),
        items,
        Tone.BAD if number else Tone.GOOD,
        list_url(TicketTransfer, status=TransferStatus.REVIEW),
    )
