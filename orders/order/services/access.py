"""Takes a guest's link to an order back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from orders.order.models import Order
from orders.order.queries import lock_again


def revoke_access(order: Order, *, actor: str, at: datetime, reason: str) -> None:
    """Every access token of this order that exists stops working; the next one derived is a new one."""
    with transaction.atomic():
        lock_again(order)
        order.access_version += 1
        Order.objects.filter(pk=order.pk).update(access_version=order.access_version)
        record(order, act="access_revoked", actor=actor, at=at, reason=reason)
