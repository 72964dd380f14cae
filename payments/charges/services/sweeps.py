"""Finds the orders whose reservation is over, and ends each."""

from __future__ import annotations

from datetime import datetime

from config.queue.sweep import Swept, sweep
from orders.order.models import Order
from payments.charges.services.close import expire_reservation


def expire_due(*, at: datetime) -> Swept:
    """Expires unpaid orders whose time is over; one whose payment cannot be closed yet waits for the next sweep."""
    due = Order.objects.filter(status="pending_payment", reserved_until__lte=at)
    return sweep("reservation", due, lambda key: expire_reservation(order_pk=key, at=at), limit=500)
