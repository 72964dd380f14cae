"""Where an order stands, by its sums and its fulfilments, and what may still happen to it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from config.kernel.verdict import Verdict
from orders.fulfilment.states import FulfilmentStatus
from orders.order.states import OrderStatus

ARRIVED = frozenset({FulfilmentStatus.DELIVERED, FulfilmentStatus.COMPLETED})


def derive_status(
    *,
    status: str,
    total_minor: int,
    applied_minor: int,
    refunded_minor: int,
    lost_minor: int,
    fulfilments: Collection[str],
    reservation_over: bool = False,
    keeps_money: bool = False,
) -> OrderStatus:
    """The next status of an order that is `status`, or the same. One step: ask again until nothing changes.

    Asking step by step keeps an order that skips ahead (its last undelivered part is cancelled after the others
    were completed) on its table. `reservation_over` says that an unpaid order ends because its time is up and the
    gateway's object is closed, not because somebody cancelled it. What is final stays, whatever the sums say.

    `keeps_money` says that a live part has money that is neither given back nor owed to the buyer. A refunded order is
    what it was again only then: a refund that bounced is still owed, and nobody shall deliver for it meanwhile.
    """
    live = [part for part in fulfilments if part != FulfilmentStatus.CANCELLED]
    given_back_minor = refunded_minor + lost_minor
    nothing_left = applied_minor > 0 and given_back_minor >= applied_minor
    if status == OrderStatus.PENDING_PAYMENT:
        if applied_minor >= total_minor:
            return OrderStatus.PAID
        if not live:
            return OrderStatus.EXPIRED if reservation_over else OrderStatus.CANCELLED
    elif status == OrderStatus.PAID and not live:
        return OrderStatus.CANCELLED
    elif status in (OrderStatus.PAID, OrderStatus.DELIVERED, OrderStatus.COMPLETED) and nothing_left:
        return OrderStatus.REFUNDED
    elif status == OrderStatus.PAID and all(part in ARRIVED for part in live):
        return OrderStatus.DELIVERED
    elif status == OrderStatus.DELIVERED and all(part == FulfilmentStatus.COMPLETED for part in live):
        return OrderStatus.COMPLETED
    elif status == OrderStatus.REFUNDED and live and keeps_money and not nothing_left:
        return _by_its_parts(live)
    return OrderStatus(status)


def _by_its_parts(live: Collection[str]) -> OrderStatus:
    if any(part not in ARRIVED for part in live):
        return OrderStatus.PAID
    is_complete = all(part == FulfilmentStatus.COMPLETED for part in live)
    return OrderStatus.COMPLETED if is_complete else OrderStatus.DELIVERED


def may_take(*, status: str, total_minor: int, applied_minor: int, amount_minor: int) -> Verdict:
    """An order takes money only while it waits for it, and never more than is due: the rest is *unapplied*.

    The end of its reservation does not matter here: until the order is expired its stock is still kept.
    """
    due_minor = total_minor - applied_minor
    if status != OrderStatus.PENDING_PAYMENT or not 0 < amount_minor <= due_minor:
        return Verdict.no("order_takes_no_more", f"the order is {status} and {due_minor} minor units are due")
    return Verdict.yes()


def may_close_unpaid(*, status: str, applied_minor: int) -> Verdict:
    """An order is closed without money only while it waits and has taken none."""
    if applied_minor:
        return Verdict.no("order_has_money", "the order has taken money; it can only be cancelled with a refund")
    if status != OrderStatus.PENDING_PAYMENT:
        return Verdict.no("order_not_unpaid", f"the order is {status}")
    return Verdict.yes()


def may_expire(*, open_attempts: int, reserved_until: datetime, at: datetime) -> Verdict:
    """Stock is freed only when the time is up *and* no gateway object can still take money for it."""
    if at < reserved_until:
        return Verdict.no("reservation_running", "the stock is still kept for this order")
    if open_attempts:
        return Verdict.no("attempt_open", "a payment of this order is still open at its gateway")
    return Verdict.yes()
