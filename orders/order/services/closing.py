"""Ends an order that was never paid, and puts its pieces back on the shelf."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import move
from config.kernel.errors import Conflict, Refused
from config.kernel.verdict import Verdict
from orders.catalog.services import return_stock
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order import rules
from orders.order.models import Order
from orders.order.queries import lock_again, pieces
from orders.order.services.status import settle
from orders.order.states import OrderStatus
from orders.tickets.services.custody import give_back


class OrderHasMoney(Conflict):
    """The order has taken money; it is cancelled by giving that back."""

    code = "order_has_money"


class OrderNotUnpaid(Conflict):
    """The order does not wait for money any more."""

    code = "order_not_unpaid"


class ReservationRunning(Conflict):
    """The stock is still kept for this order."""

    code = "reservation_running"


class AttemptOpen(Conflict):
    """A payment of this order is still open at its gateway and could take money."""

    code = "attempt_open"


_REFUSALS: dict[str, type[Refused]] = {
    error.code: error for error in (OrderHasMoney, OrderNotUnpaid, ReservationRunning, AttemptOpen)
}


def expire_order(order: Order, *, actor: str, at: datetime, reason: str = "the reservation is over") -> bool:
    """Ends an unpaid order whose reservation is over, once its gateway objects are closed (no open attempts).

    Its fulfilments are cancelled and its stock is back in the same commit. False when it is expired already. Raises
    OrderHasMoney, OrderNotUnpaid, ReservationRunning, AttemptOpen.
    """
    with transaction.atomic():
        lock_again(order)
        if order.status == OrderStatus.EXPIRED:
            return False
        _enforce(rules.may_close_unpaid(status=order.status, applied_minor=order.applied_minor))
        _enforce(rules.may_expire(open_attempts=order.open_attempts, reserved_until=order.reserved_until, at=at))
        _close(order, actor=actor, at=at, reason=reason, reservation_over=True)
    return True


def cancel_unpaid_order(order: Order, *, actor: str, at: datetime, reason: str = "") -> bool:
    """Ends an order that somebody no longer wants (or a policy ends) before it took money.

    Money that comes after it is unapplied, so the caller closes the gateway's objects first where it can. False
    when it is cancelled already. Raises OrderHasMoney, OrderNotUnpaid.
    """
    with transaction.atomic():
        lock_again(order)
        if order.status == OrderStatus.CANCELLED and not order.applied_minor:
            return False
        _enforce(rules.may_close_unpaid(status=order.status, applied_minor=order.applied_minor))
        _close(order, actor=actor, at=at, reason=reason, reservation_over=False)
    return True


def _close(order: Order, *, actor: str, at: datetime, reason: str, reservation_over: bool) -> None:
    """Fulfilments first, then tickets, then stock, each by ascending id; the order's lock is held already."""
    parts = list(Fulfilment.objects.filter(order=order).order_by("id"))
    for fulfilment in parts:
        move(fulfilment, to=FulfilmentStatus.CANCELLING, actor=actor, at=at, reason=reason)
        move(fulfilment, to=FulfilmentStatus.CANCELLED, actor=actor, at=at, reason=reason)
    shelved = give_back(parts, actor=actor, at=at, reason=reason)
    return_stock(quantities=pieces(order.lines.all()) + shelved)
    settle(order, actor=actor, at=at, reason=reason, reservation_over=reservation_over)


def _enforce(verdict: Verdict) -> None:
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)
