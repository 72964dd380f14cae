"""Tickets of which nobody knows who has them, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import WorkItem, WorkList
from config.admin.show import list_url, url_of
from config.admin.worklist import work_list
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.tickets.transfers.states import TransferStatus


def tickets_to_find(at: datetime) -> WorkList:
    """Parts under review whose transfer is settled or never was: their money stands still until somebody decides about
    the part. Where the transfer itself waits for a person, that is where to begin. The oldest first."""
    del at
    parts = Fulfilment.objects.filter(status=FulfilmentStatus.REVIEW).select_related("seller")
    parts = parts.exclude(transfers__status=TransferStatus.REVIEW).order_by("pk")
    return work_list(
        "Tickets to be found",
        parts,
        lambda part: WorkItem(
            f"Tickets of {part.seller.called}",
            "find out who has them, then deliver or cancel the part",
            url_of(part),
            part.created_at,
        ),
        url=list_url(Fulfilment, status=FulfilmentStatus.REVIEW),
    )
