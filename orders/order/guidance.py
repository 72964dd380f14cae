"""What happens next with an order, in a sentence for whoever looks at it."""

from __future__ import annotations

from collections.abc import Collection

from orders.fulfilment.states import FulfilmentStatus
from orders.order.states import OrderStatus, PaymentStatus


def next_step(
    *, status: str, payment_status: str, reservation_over: bool, reserved_until: str, parts: Collection[str]
) -> str:
    """The next thing that is expected, of whom. `parts` are the states of its fulfilments, `reserved_until` a time
    ready to be read."""
    if payment_status == PaymentStatus.DISPUTED:
        return "The buyer disputes it: the bank has taken the money until it decides."
    if status == OrderStatus.PENDING_PAYMENT:
        return _unpaid(payment_status, reservation_over, reserved_until)
    if FulfilmentStatus.REVIEW in parts:
        return "Nobody knows whether a part of it arrived. A person must find out, and deliver or cancel that part."
    if status == OrderStatus.PAID and FulfilmentStatus.AWAITING in parts:
        return (
            "It is paid. The sellers must deliver in time, or the machine cancels their part and gives the money back."
        )
    if status == OrderStatus.DELIVERED:
        return "All of it arrived. The buyer completes it, or the release timer does; then the sellers get their money."
    if status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        return _ended(payment_status)
    if status == OrderStatus.REFUNDED:
        return "All of its money went back. Nothing more is expected."
    if status == OrderStatus.COMPLETED:
        return "It is done. The money stands ready for the sellers' payouts."
    return ""


def _unpaid(payment_status: str, reservation_over: bool, reserved_until: str) -> str:
    if payment_status == PaymentStatus.PROCESSING:
        return "A payment is open at the gateway; its result comes by webhook."
    if reservation_over:
        return "Its reservation is over. The machine closes what is open at the gateway, then expires it."
    return f"The buyer must pay by {reserved_until}; then it expires and its stock is free again."


def _ended(payment_status: str) -> str:
    if payment_status in (PaymentStatus.UNPAID, PaymentStatus.REFUNDED):
        return "It is over, and holds no money."
    return "It is over. What it had taken is on its way back to the buyer: see Refunds."
