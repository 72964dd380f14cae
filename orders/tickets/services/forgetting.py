"""Forgets barcodes that let nobody in any more; the tickets, and what became of them, stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from config.erasure.contract import rewrite
from orders.tickets.models import Ticket
from orders.tickets.states import KEPT

# After the event a dispute about it may still be answered with the ticket.
AFTER_EVENT = timedelta(days=180)
# Where nobody said when the event is.
WITHOUT_EVENT = timedelta(days=730)
FORGOTTEN = {"barcode_sealed": None, "barcode_digest": None, "barcode_key": ""}


def forget_barcodes(*, at: datetime, batch: int = 1_000) -> int:
    """Half a year after the event, or two years after a listing without one, of what is not in custody any more.
    Returns how many went."""
    over = Q(event_at__lt=at - AFTER_EVENT) | Q(event_at__isnull=True, created_at__lt=at - WITHOUT_EVENT)
    gone = 0
    while True:
        forgotten = forget(with_barcodes().filter(over), batch)
        gone += forgotten
        if forgotten < batch:
            return gone


def with_barcodes() -> QuerySet[Ticket]:
    """Tickets out of custody whose barcode is still kept."""
    return Ticket.objects.filter(barcode_digest__isnull=False).exclude(status__in=KEPT)


def forget(tickets: QuerySet[Ticket], batch: int) -> int:
    """Nulls the barcodes of some of them. Returns how many."""
    return rewrite(tickets, batch, **FORGOTTEN)
