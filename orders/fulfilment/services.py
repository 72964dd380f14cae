"""Verbs of a fulfilment: deliver it, cancel it, complete it, set its deadline. Each takes its order along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from config.audit.services import move
from config.kernel.errors import Conflict, Refused
from config.kernel.faultpoints import reached
from config.kernel.verdict import Verdict
from config.settings.policy import Policy
from orders.catalog.services import return_stock
from orders.fulfilment import rules
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order, OrderLine
from orders.order.queries import lock_again, pieces
from orders.order.services.status import settle


class OrderNotPaid(Conflict):
    """The order is not paid, or its money went back."""

    code = "order_not_paid"


class NotAwaiting(Conflict):
    """This part of the order does not wait for its delivery."""

    code = "not_awaiting"


_REFUSALS: dict[str, type[Refused]] = {error.code: error for error in (OrderNotPaid, NotAwaiting)}


def deliver(
    *, fulfilment: Fulfilment, actor: str, by_staff: bool, at: datetime, policy: Policy, reason: str = ""
) -> bool:
    """Its seller (or staff) says that it arrived; from then the release delay runs. The door says who may.

    Stamps `delivered_at` and `release_at`, and moves the order once every live part has arrived. False, changing
    nothing, when it is delivered already. Raises OrderNotPaid, NotAwaiting.
    """
    with transaction.atomic():
        order = _lock(fulfilment)
        if fulfilment.status in (FulfilmentStatus.DELIVERED, FulfilmentStatus.COMPLETED):
            return False
        _enforce(rules.may_deliver(status=fulfilment.status, order_status=order.status, by_staff=by_staff))
        move(
            fulfilment,
            to=FulfilmentStatus.DELIVERED,
            actor=actor,
            at=at,
            reason=reason,
            delivered_at=at,
            release_at=at + timedelta(minutes=policy.release_delay_minutes),
        )
        settle(order, actor=actor, at=at, reason=reason)
    reached("fulfilment.delivered")
    return True


def begin_cancelling(*, fulfilment: Fulfilment, actor: str, at: datetime, reason: str = "") -> bool:
    """Stops a part that was paid and not delivered, before anything is given back for it.

    False when that was begun already. Raises OrderNotPaid, NotAwaiting.
    """
    with transaction.atomic():
        order = _lock(fulfilment)
        if fulfilment.status in (FulfilmentStatus.CANCELLING, FulfilmentStatus.CANCELLED):
            return False
        _enforce(rules.may_begin_cancelling(status=fulfilment.status, order_status=order.status))
        return move(fulfilment, to=FulfilmentStatus.CANCELLING, actor=actor, at=at, reason=reason)


def finish_cancelling(*, fulfilment: Fulfilment, order: Order, actor: str, at: datetime, reason: str = "") -> bool:
    """Nothing of it is out any more: it is cancelled, its stock is back, and its order follows, in one commit.

    False when it is cancelled already: stock is never returned twice. Raises MoveNotAllowed from any state but
    cancelling and review.
    """
    with transaction.atomic():
        lock_again(order)
        if not move(fulfilment, to=FulfilmentStatus.CANCELLED, actor=actor, at=at, reason=reason):
            return False
        return_stock(quantities=pieces(fulfilment.lines.all()))
        settle(order, actor=actor, at=at, reason=reason)
    return True


def complete(*, fulfilment: Fulfilment, order: Order, actor: str, at: datetime, reason: str = "") -> bool:
    """The move alone, with its order: the use case that also releases the money calls this in its own commit.

    False when it is completed already. Raises MoveNotAllowed unless it was delivered.
    """
    with transaction.atomic():
        lock_again(order)
        if not move(fulfilment, to=FulfilmentStatus.COMPLETED, actor=actor, at=at, reason=reason):
            return False
        settle(order, actor=actor, at=at, reason=reason)
    return True


def freeze_deadlines(*, fulfilments: Sequence[Fulfilment], at: datetime, policy: Policy) -> None:
    """Freezes `deliver_by` when the capture is booked: the shortest time that the categories of its lines allow.

    One that is frozen already stays as it is. The caller holds the locks.
    """
    open_ended = [fulfilment for fulfilment in fulfilments if fulfilment.deliver_by is None]
    by_category = policy.escrow_timeout_minutes_by_category
    categories: dict[int, set[str]] = {fulfilment.pk: set() for fulfilment in open_ended}
    if by_category:  # else they make no difference
        lines = OrderLine.objects.filter(fulfilment__in=open_ended)
        for fulfilment_id, category in lines.values_list("fulfilment_id", "category"):
            categories[fulfilment_id].add(category)
    for fulfilment in open_ended:
        minutes = rules.deliver_within_minutes(
            categories=categories[fulfilment.pk] or {""},
            minutes_by_category=by_category,
            default_minutes=policy.escrow_timeout_minutes,
        )
        fulfilment.deliver_by = at + timedelta(minutes=minutes)
    for deadline in {fulfilment.deliver_by for fulfilment in open_ended}:
        together = [fulfilment.pk for fulfilment in open_ended if fulfilment.deliver_by == deadline]
        Fulfilment.objects.filter(pk__in=together).update(deliver_by=deadline)


def _lock(fulfilment: Fulfilment) -> Order:
    """Its order, then itself; `fulfilment` is brought up to date. Returns the locked order."""
    order = Order.objects.select_for_update(of=("self",)).get(pk=fulfilment.order_id)
    fulfilment.refresh_from_db(from_queryset=Fulfilment.objects.select_for_update(of=("self",)))
    return order


def _enforce(verdict: Verdict) -> None:
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)
