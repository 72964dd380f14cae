"""Tickets of which nobody knows who has them, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.ops.counting import capped
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.tickets.transfers.states import TransferStatus

SHOWN, CAP = 10, 1_000


def tickets_to_find(at: datetime) -> WorkList:
    """Parts under review whose transfer is settled or never was: their money stands still until somebody decides about
    the part. Where the transfer itself waits for a person, that is where to begin. The oldest first."""
    del at
    parts = Fulfilment.objects.filter(status=FulfilmentStatus.REVIEW).select_related("seller")
    parts = parts.exclude(transfers__status=TransferStatus.REVIEW).order_by("pk")
    number = capped(parts, cap=CAP)
    items = tuple(
        WorkItem(
            f"Tickets of {part.seller.name or part.seller.email}",
            "find out who has them, then deliver or cancel the part",
            url_of(part),
            part.created_at,
        )
        for part in parts[:SHOWN]
    )
    url = list_url(Fulfilment, status=FulfilmentStatus.REVIEW)
    tone = Tone.BAD if number else Tone.GOOD
    return WorkList("Tickets to be found", count_text(number, cap=CAP), items, tone, url)
