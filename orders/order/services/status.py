"""The only place that derives an order's status and moves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from config.audit.services import move
from config.outbox.services import emit
from orders.fulfilment.models import Fulfilment
from orders.order import rules
from orders.order.models import Order
from orders.order.queries import keeps_money, lock_again
from orders.order.states import OrderStatus

TOPICS: dict[str, tuple[str, ...]] = {
    OrderStatus.PAID: ("order.paid", "checkout.completed"),
    OrderStatus.CANCELLED: ("order.cancelled",),
    OrderStatus.EXPIRED: ("order.expired",),
    OrderStatus.COMPLETED: ("order.completed",),
    OrderStatus.REFUNDED: ("order.refunded",),
}
# From here on nothing more is expected of anybody; a refund may still follow.
CLOSED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REFUNDED})


def refresh_status(order: Order, *, actor: str, at: datetime, reason: str = "") -> bool:
    """Locks the order, brings `order` up to date and moves it to where its sums and fulfilments say it stands.

    Stamps `paid_at` and `closed_at` (which one whose money came back has no more), and emits order.paid with
    checkout.completed, order.completed, order.cancelled, order.expired or order.refunded. Returns whether it moved;
    asked twice, it writes nothing.
    """
    with transaction.atomic():
        lock_again(order)
        return settle(order, actor=actor, at=at, reason=reason)


def settle(
    order: Order,
    *,
    actor: str,
    at: datetime,
    reason: str = "",
    reservation_over: bool = False,
    parts: Sequence[Fulfilment] | None = None,
    sums: Mapping[str, int] | None = None,
) -> bool:
    """The same for an order that its caller holds locked, with its columns as they stand in the database.

    `sums` are columns that change: they are written with the move, in one statement. `parts` are its fulfilments,
    where the caller has locked them too.
    """
    unwritten = dict(sums or {})
    for name, value in unwritten.items():
        setattr(order, name, value)
    statuses = list(order.fulfilments.values_list("status", flat=True)) if parts is None else [p.status for p in parts]
    before = order.status
    while True:
        status = rules.derive_status(
            status=order.status,
            total_minor=order.total_minor,
            applied_minor=order.applied_minor,
            refunded_minor=order.refunded_minor,
            lost_minor=order.lost_minor,
            fulfilments=statuses,
            reservation_over=reservation_over,
            keeps_money=order.status == OrderStatus.REFUNDED and keeps_money(order),
        )
        if status == order.status:
            if unwritten:
                Order.objects.filter(pk=order.pk).update(**unwritten)
            return status != before
        stamps: dict[str, Any] = unwritten
        unwritten = {}
        is_back = order.status == OrderStatus.REFUNDED
        if status == OrderStatus.PAID and not is_back:
            stamps["paid_at"] = at
        if status in CLOSED and order.closed_at is None:
            stamps["closed_at"] = at
        elif status not in CLOSED and order.closed_at is not None:
            stamps["closed_at"] = None
        move(order, to=status, actor=actor, at=at, reason=reason, **stamps)
        for topic in () if is_back else TOPICS.get(status, ()):
            emit(topic, fact_key=order.public_id, payload={"order": order.public_id}, at=at)
