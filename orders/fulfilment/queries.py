"""Reads of fulfilments: locked ones, and where those of an order stand."""

from __future__ import annotations

from django.db.models import QuerySet

from config.kernel.errors import NotFound
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tickets.queries import lock_tickets


def lock_fulfilment(fulfilment_id: int) -> Fulfilment:
    """One fulfilment by primary key, locked with its tickets; the caller holds its order's lock already. Raises
    NotFound."""
    fulfilment = _locked().filter(pk=fulfilment_id).first()
    if fulfilment is None:
        raise NotFound("there is no such fulfilment")
    _with_tickets([fulfilment])
    return fulfilment


def lock_fulfilments(order: Order) -> list[Fulfilment]:
    """All of an order by ascending id, locked with their tickets, and with their sellers; the caller holds the order's
    lock already."""
    return _with_tickets(list(_locked().filter(order=order).order_by("id")))


def _with_tickets(fulfilments: list[Fulfilment]) -> list[Fulfilment]:
    """Tickets are locked after their part and before any payment: whoever does something to either holds them."""
    lock_tickets([each.pk for each in fulfilments if each.is_ticketed])
    return fulfilments


def _locked() -> QuerySet[Fulfilment]:
    return Fulfilment.objects.select_related("seller").select_for_update(of=("self",))
