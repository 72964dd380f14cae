"""Reads of fulfilments: locked ones, and where those of an order stand."""

from __future__ import annotations

from django.db.models import QuerySet

from config.kernel.errors import NotFound
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order


def lock_fulfilment(fulfilment_id: int) -> Fulfilment:
    """One fulfilment by primary key, locked; the caller holds its order's lock already. Raises NotFound."""
    fulfilment = _locked().filter(pk=fulfilment_id).first()
    if fulfilment is None:
        raise NotFound("there is no such fulfilment")
    return fulfilment


def lock_fulfilments(order: Order) -> list[Fulfilment]:
    """All of an order by ascending id, locked, with their sellers; the caller holds the order's lock already."""
    return list(_locked().filter(order=order).order_by("id"))


def _locked() -> QuerySet[Fulfilment]:
    return Fulfilment.objects.select_related("seller").select_for_update(of=("self",))
