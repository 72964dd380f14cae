"""What may happen to a fulfilment, and by when."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from config.kernel.verdict import Verdict
from orders.fulfilment.states import FulfilmentStatus
from orders.order.states import OrderStatus


def may_deliver(
    *, status: str, order_status: str, by_staff: bool, is_ticketed: bool = False, reason: str = ""
) -> Verdict:
    """A seller delivers what is awaited, but no tickets: of these the provider says that the buyer has them, or staff
    with a reason. Under review, only a person of ours says that it arrived after all."""
    if is_ticketed and not by_staff:
        return Verdict.no("delivered_by_transfer", "tickets arrive by their transfer")
    if is_ticketed and not reason.strip():
        return Verdict.no("reason_wanted", "say how you know that the buyer has the tickets")
    settled_by_staff = by_staff and status == FulfilmentStatus.REVIEW
    # Where the money went back while nobody knew, it still has to be said who has the tickets.
    is_known_too_late = settled_by_staff and order_status == OrderStatus.REFUNDED
    if order_status not in (OrderStatus.PAID, OrderStatus.DELIVERED) and not is_known_too_late:
        return Verdict.no("order_not_paid", f"the order is {order_status}")
    if status != FulfilmentStatus.AWAITING and not settled_by_staff:
        return Verdict.no("not_awaiting", f"the fulfilment is {status}")
    return Verdict.yes()


def may_begin_cancelling(*, status: str, order_status: str) -> Verdict:
    """One part is cancelled only of an order that was paid; an unpaid order is cancelled as a whole.

    Also where all the money went back already: the pieces belong on the shelf again.
    """
    if order_status not in (OrderStatus.PAID, OrderStatus.REFUNDED):
        return Verdict.no("order_not_paid", f"the order is {order_status}")
    if status != FulfilmentStatus.AWAITING:
        return Verdict.no("not_awaiting", f"the fulfilment is {status}")
    return Verdict.yes()


def deliver_within_minutes(
    *, categories: Collection[str], minutes_by_category: Mapping[str, int], default_minutes: int
) -> int:
    """Minutes from the booking of the capture: the shortest that any of the lines' categories allows."""
    return min(minutes_by_category.get(category, default_minutes) for category in categories)
