"""Verbs of a fulfilment: deliver it, cancel it, complete it, set its deadline. Each takes its order along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from config.audit.services import move
from config.kernel.errors import Conflict, Invalid, Refused
from config.kernel.faultpoints import reached
from config.kernel.verdict import Verdict
from config.outbox.services import emit
from config.settings.policy import Policy
from orders.catalog.services import return_stock
from orders.fulfilment import rules
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order, OrderLine
from orders.order.queries import lock_again, pieces
from orders.order.services.status import settle
from orders.tickets.queries import lock_tickets
from orders.tickets.services.custody import call_back, give_back, hand_over, leave_to_a_person


class OrderNotPaid(Conflict):
    """The order is not paid, or its money went back."""

    code = "order_not_paid"


class NotAwaiting(Conflict):
    """This part of the order does not wait for its delivery."""

    code = "not_awaiting"


class DeliveredByTransfer(Conflict):
    """Tickets are delivered by their transfer; start it, and the buyer's acceptance delivers them."""

    code = "delivered_by_transfer"


class ReasonWanted(Invalid):
    """Say why: what a provider knows nothing of, people must be able to look up."""

    code = "reason_wanted"


_REFUSALS: dict[str, type[Refused]] = {
    error.code: error for error in (OrderNotPaid, NotAwaiting, DeliveredByTransfer, ReasonWanted)
}


def deliver(
    *, fulfilment: Fulfilment, actor: str, by_staff: bool, at: datetime, policy: Policy, reason: str = ""
) -> bool:
    """Its seller (or staff) says that it arrived; from then the release delay runs. The door says who may.

    Stamps `delivered_at` and `release_at`, and moves the order once every live part has arrived. False, changing
    nothing, when it is delivered already. Raises OrderNotPaid, NotAwaiting, and of a part with tickets
    DeliveredByTransfer for its seller, and ReasonWanted for staff who give none.
    """
    with transaction.atomic():
        order = _lock(fulfilment)
        if fulfilment.status in (FulfilmentStatus.DELIVERED, FulfilmentStatus.COMPLETED):
            return False
        was_reviewed = fulfilment.status == FulfilmentStatus.REVIEW
        _enforce(
            rules.may_deliver(
                status=fulfilment.status,
                order_status=order.status,
                by_staff=by_staff,
                is_ticketed=fulfilment.is_ticketed,
                reason=reason,
            )
        )
        _arrive(fulfilment, order, actor=actor, at=at, policy=policy, reason=reason)
        if was_reviewed:
            _tell_reviewed(fulfilment, arrived=True, at=at)
    reached("fulfilment.delivered")
    return True


def arrive(*, fulfilment: Fulfilment, order: Order, actor: str, at: datetime, policy: Policy, reason: str = "") -> bool:
    """The provider says that the buyer has the tickets, and so the part is delivered, also one that was being cancelled
    or was under review. False when it is delivered already. Raises MoveNotAllowed once it is cancelled."""
    with transaction.atomic():
        lock_again(order)
        if fulfilment.status in (FulfilmentStatus.DELIVERED, FulfilmentStatus.COMPLETED):
            return False
        _arrive(fulfilment, order, actor=actor, at=at, policy=policy, reason=reason)
    return True


def _arrive(fulfilment: Fulfilment, order: Order, *, actor: str, at: datetime, policy: Policy, reason: str) -> None:
    move(
        fulfilment,
        to=FulfilmentStatus.DELIVERED,
        actor=actor,
        at=at,
        reason=reason,
        delivered_at=at,
        release_at=at + timedelta(minutes=policy.release_delay_minutes),
    )
    hand_over(fulfilment, actor=actor, at=at, reason=reason)
    settle(order, actor=actor, at=at, reason=reason)


def begin_cancelling(*, fulfilment: Fulfilment, actor: str, at: datetime, reason: str = "") -> bool:
    """Stops a part that was paid and not delivered, before anything is given back for it. Tickets that a provider has
    are called back.

    False when that was begun already. Raises OrderNotPaid, NotAwaiting.
    """
    with transaction.atomic():
        order = _lock(fulfilment)
        if fulfilment.status in (FulfilmentStatus.CANCELLING, FulfilmentStatus.CANCELLED):
            return False
        _enforce(rules.may_begin_cancelling(status=fulfilment.status, order_status=order.status))
        move(fulfilment, to=FulfilmentStatus.CANCELLING, actor=actor, at=at, reason=reason)
        if call_back(fulfilment, actor=actor, at=at, reason=reason):
            emit(
                "tickets.called_back",
                fact_key=fulfilment.public_id,
                payload={"fulfilment": fulfilment.public_id},
                at=at,
            )
    return True


def take_back(*, fulfilment: Fulfilment, order: Order, actor: str, at: datetime, reason: str) -> bool:
    """The provider says that the buyer gets nothing of the tickets any more: the part is cancelled, from wherever it
    waited for that word, and they are their seller's; in the caller's transaction and under its locks. False when it is
    cancelled already. Raises MoveNotAllowed once it is delivered."""
    with transaction.atomic():
        if fulfilment.status == FulfilmentStatus.AWAITING:
            move(fulfilment, to=FulfilmentStatus.CANCELLING, actor=actor, at=at, reason=reason)
        return finish_cancelling(fulfilment=fulfilment, order=order, actor=actor, at=at, reason=reason)


def leave_to_review(*, fulfilment: Fulfilment, actor: str, at: datetime, reason: str) -> bool:
    """The provider does not say where the tickets are: a person finds out and decides, in the caller's transaction and
    under its locks of the order and of this. False when they look at it already. Raises MoveNotAllowed."""
    with transaction.atomic():
        if fulfilment.status == FulfilmentStatus.AWAITING:
            move(fulfilment, to=FulfilmentStatus.CANCELLING, actor=actor, at=at, reason=reason)
        if not move(fulfilment, to=FulfilmentStatus.REVIEW, actor=actor, at=at, reason=reason):
            return False
        leave_to_a_person(fulfilment, actor=actor, at=at, reason=reason)
    return True


def finish_cancelling(*, fulfilment: Fulfilment, order: Order, actor: str, at: datetime, reason: str = "") -> bool:
    """Nothing of it is out any more: it is cancelled, its stock is back, its tickets are their seller's, and its order
    follows, in one commit.

    False when it is cancelled already: stock is never returned twice. Raises MoveNotAllowed from any state but
    cancelling and review.
    """
    with transaction.atomic():
        lock_again(order)
        was_reviewed = fulfilment.status == FulfilmentStatus.REVIEW
        if not move(fulfilment, to=FulfilmentStatus.CANCELLED, actor=actor, at=at, reason=reason):
            return False
        if was_reviewed:
            _tell_reviewed(fulfilment, arrived=False, at=at)
        shelved = give_back([fulfilment], actor=actor, at=at, reason=reason)
        return_stock(quantities=pieces(fulfilment.lines.all()) + shelved)
        settle(order, actor=actor, at=at, reason=reason)
    return True


def _tell_reviewed(fulfilment: Fulfilment, *, arrived: bool, at: datetime) -> None:
    """Somebody knows: what stood still for it may move again, and its transfer is settled the same way."""
    part = fulfilment.public_id
    emit("fulfilment.reviewed", fact_key=part, payload={"fulfilment": part, "arrived": arrived}, at=at)


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
    """Its order, then itself, then its tickets; `fulfilment` is brought up to date. Returns the locked order."""
    order = Order.objects.select_for_update(of=("self",)).get(pk=fulfilment.order_id)
    fulfilment.refresh_from_db(from_queryset=Fulfilment.objects.select_for_update(of=("self",)))
    lock_tickets([fulfilment.pk] if fulfilment.is_ticketed else [])
    return order


def _enforce(verdict: Verdict) -> None:
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)
