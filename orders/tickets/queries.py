"""Reads of tickets: those of an order's parts, locked and not."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from orders.tickets.barcodes import barcode_digests
from orders.tickets.models import Ticket
from orders.tickets.states import OUT


def tickets_of(fulfilment_pk: int) -> QuerySet[Ticket]:
    """What one part of an order has promised, in the order in which they are locked."""
    return Ticket.objects.filter(line__fulfilment_id=fulfilment_pk).order_by("pk")


def lock_tickets(fulfilment_pks: Collection[int]) -> list[Ticket]:
    """All tickets of these parts by ascending id, locked; their order and they themselves are locked before."""
    if not fulfilment_pks:
        return []
    promised = Ticket.objects.filter(line__fulfilment_id__in=fulfilment_pks)
    return list(promised.select_for_update(of=("self",)).order_by("pk"))


def tickets_are_out(fulfilment_pk: int) -> bool:
    """Whether a provider has any ticket of this part."""
    return tickets_of(fulfilment_pk).filter(status__in=OUT).exists()


def with_barcode(barcode: str) -> QuerySet[Ticket]:
    """Every ticket that has, or had, this barcode, under whichever of our keys it is kept."""
    return Ticket.objects.filter(barcode_digest__in=barcode_digests(barcode))
