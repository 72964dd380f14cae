"""Verbs of an order: place it, book what money does to it, derive where it stands, end it unpaid."""

from orders.order.services.access import revoke_access
from orders.order.services.closing import cancel_unpaid_order, expire_order
from orders.order.services.placing import place_order, price_order
from orders.order.services.status import refresh_status
from orders.order.services.sums import (
    allocate_refund,
    apply_payment,
    count_loss_as_refund,
    record_disputes,
    record_refund_bounced,
    record_refunded,
    restore_refund,
    set_open_attempts,
    take_payment,
    tell_money_moved,
)

__all__ = [
    "allocate_refund",
    "apply_payment",
    "cancel_unpaid_order",
    "count_loss_as_refund",
    "expire_order",
    "place_order",
    "price_order",
    "record_disputes",
    "record_refund_bounced",
    "record_refunded",
    "refresh_status",
    "restore_refund",
    "revoke_access",
    "set_open_attempts",
    "take_payment",
    "tell_money_moved",
]
