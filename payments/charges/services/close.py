"""Closes payments at the gateway, so that an order can end without money arriving after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config.audit.services import move
from config.calls.models import GatewayCall
from config.calls.services import OpenCallExists, open_call, open_calls
from config.calls.states import CallStatus
from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.order.services import cancel_unpaid_order, expire_order, set_open_attempts
from payments.charges.models import Payment
from payments.charges.queries import lock_payment, open_payments, unclosed_payments
from payments.charges.services.calling import answer_of
from payments.charges.services.record import observe_payment, record_answer
from payments.charges.services.start import GatewayDown, OrderNotPayable, PaymentInProgress
from payments.charges.states import PaymentStatus
from payments.gateways.contract import Answer, Capability, Outcome
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.payment_views import PaymentState
from payments.gateways.registry import gateway_for

SYSTEM = "system:reservations"
_NOTHING_UNDER_WAY = (PaymentState.PENDING, PaymentState.FAILED)
# Where nothing ends a payment, one that its customer left on the bank's page may look as if it were under way for ever:
# stock is not kept for it longer than this.
FORSAKEN_AFTER = timedelta(hours=24)
# A charge with nobody present may be announced to the customer a day and a half before it is debited, and wait three
# more days for their yes.
DEBITED_WITHIN = timedelta(days=5)
# A bank that works on a payment takes days; asking it to stop at every sweep would be thousands of refused calls.
ASK_AGAIN_AFTER = timedelta(minutes=10)


class AlreadyPaid(Conflict):
    """The order was paid meanwhile."""

    code = "order_already_paid"


def close_payment(*, payment: Payment, actor: str, at: datetime) -> bool:
    """Closes one payment's object at the gateway. True when it can take no money any more.

    False when it is too late (it was paid, which is booked at once, or the gateway is working on it) or when nobody
    knows. Raises OpenCallExists while an earlier call about it is open.
    """
    if payment.gateway_payment_id is None and payment.gateway_order_id is None:
        return _close_unmade(payment, actor=actor, at=at)
    if Capability.CANCEL_PAYMENT not in gateway_for(payment.gateway_account.code).capabilities:
        return _is_over(payment, actor=actor, at=at)
    if payment.is_processing and _was_refused_lately(payment, at=at):
        return False
    with transaction.atomic():
        lock_order(payment.ref)
        payment = lock_payment(payment.pk)
        if payment.closed_at is not None or payment.captured_minor:
            return not payment.captured_minor  # somebody else closed it, or it was paid, since it was listed
        call = open_call(
            subject=payment,
            operation="payment.cancel",
            service=payment.gateway_account.gateway,
            account=payment.gateway_account.code,
            actor=actor,
            facts={"payment": payment.public_id},
            at=at,
        )
    reached("payment.cancel.intended")
    gateway = gateway_for(payment.gateway_account.code)
    answer = answer_of(
        lambda: gateway.cancel_payment(
            key=call.public_id,
            gateway_payment_id=payment.gateway_payment_id or "",
            session_id=payment.gateway_order_id or "",
        )
    )
    reached("payment.cancel.answered")
    with transaction.atomic():
        lock_order(payment.ref)
        record_answer(call=call, answer=answer, outcome=answer.outcome, at=at)
        closed = _observe_closing(payment, answer, actor=actor, at=at)
    reached("payment.cancel.recorded")
    return closed


def _was_refused_lately(payment: Payment, *, at: datetime) -> bool:
    return GatewayCall.objects.filter(
        subject_type="payment",
        subject_id=payment.public_id,
        operation="payment.cancel",
        status=CallStatus.DECLINED,
        answered_at__gt=at - ASK_AGAIN_AFTER,
    ).exists()


def _is_over(payment: Payment, *, actor: str, at: datetime) -> bool:
    """Whether an object that nobody can close has come to its end by itself, as the gateway says now, or is given up.
    Raises GatewayDown."""
    gateway = gateway_for(payment.gateway_account.code)
    try:
        view = gateway.get_payment(
            gateway_payment_id=payment.gateway_payment_id or "", session_id=payment.gateway_order_id or ""
        )
    except GatewayUnreachable as error:
        raise GatewayDown from error
    reached("payment.object.asked")
    if view is None:
        return False
    with transaction.atomic():
        observe_payment(payment=payment, view=view, actor=actor, at=at)
        patience = FORSAKEN_AFTER if payment.saved_method_id is None else DEBITED_WITHIN
        is_old = at - payment.created_at >= patience
        is_forsaken = view.state == PaymentState.PROCESSING and is_old
        gives_up = Capability.STAYS_OPEN in gateway.capabilities and (view.state in _NOTHING_UNDER_WAY or is_forsaken)
        return view.is_closed or (gives_up and _give_up(payment, is_old=is_old, actor=actor, at=at))


def _give_up(payment: Payment, *, is_old: bool, actor: str, at: datetime) -> bool:
    """Done with an object that nothing ends, while nothing of it is under way. Money that comes for it all the same is
    unapplied, and the machine gives it back. A charge that is about to be sent, whose answer is out, or which was
    accepted since the gateway was asked is under way although nothing of it was to be seen there."""
    lock_order(payment.ref)
    payment = lock_payment(payment.pk)
    if payment.captured_minor or _is_under_way(payment, is_old=is_old):
        return False
    Payment.objects.filter(pk=payment.pk, closed_at__isnull=True).update(closed_at=at)
    if payment.status == PaymentStatus.PENDING:
        move(payment, to=PaymentStatus.CANCELLED, actor=actor, at=at, reason="given up: nothing closes it")
    return True


def _is_under_way(payment: Payment, *, is_old: bool) -> bool:
    """Whether a call about it has no answer yet, or a charge with nobody present was accepted and, unless that was
    long ago, may still be debited."""
    waiting = GatewayCall.objects.filter(
        subject_type="payment", subject_id=payment.public_id, operation="payment.confirm", status=CallStatus.PENDING
    )
    return bool(open_calls(payment)) or (not is_old and waiting.exists())


def _observe_closing(payment: Payment, answer: Answer, *, actor: str, at: datetime) -> bool:
    if answer.payment is not None:
        observe_payment(payment=payment, view=answer.payment, actor=actor, at=at)
        return answer.payment.is_closed
    if answer.outcome == Outcome.SUCCEEDED:
        Payment.objects.filter(pk=payment.pk, closed_at__isnull=True).update(closed_at=at)
        return True
    return False


def _close_unmade(payment: Payment, *, actor: str, at: datetime) -> bool:
    """A payment without an object at the gateway is closed once no call can make one any more."""
    with transaction.atomic():
        order = lock_order(payment.ref)
        payment = lock_payment(payment.pk)
        if open_calls(order) or payment.gateway_payment_id or payment.gateway_order_id:
            return False
        Payment.objects.filter(pk=payment.pk, closed_at__isnull=True).update(closed_at=at)
        if payment.status == PaymentStatus.CREATED:
            move(payment, to=PaymentStatus.CANCELLED, actor=actor, at=at, reason="it was never made")
    return True


def close_all(*, order: Order, actor: str, at: datetime) -> bool:
    """Closes every payment of an order that could still take money. True when none can."""
    if open_calls(order):
        return False
    closed = [_closed(payment, actor=actor, at=at) for payment in unclosed_payments(order)]
    return all(closed)


def _closed(payment: Payment, *, actor: str, at: datetime) -> bool:
    try:
        return close_payment(payment=payment, actor=actor, at=at)
    except OpenCallExists:
        return False


def expire_reservation(*, order_pk: int, at: datetime) -> bool:
    """Ends an order whose reservation is over: first the gateway's objects are closed, then the stock is freed.

    False while that cannot be done yet (an outcome is unknown, the gateway is working); the next sweep tries again.
    """
    order = Order.objects.get(pk=order_pk)
    if order.status != "pending_payment" or order.reserved_until > at:
        return False
    if not close_all(order=order, actor=SYSTEM, at=at):
        return False
    with transaction.atomic():
        order = lock_order(order.public_id)
        if order.status != "pending_payment" or open_calls(order) or unclosed_payments(order):
            return False
        set_open_attempts(order, count=0, at=at)
        expire_order(order, actor=SYSTEM, at=at)
    reached("reservation.expired")
    return True


def cancel_unpaid(
    *, order_id: str, actor: str, reason: str, at: datetime, first: Callable[[Order], object] | None = None
) -> Order:
    """Cancels an order that was not paid: closes its payments at the gateway, then frees the stock. `first` is what has
    to be written in the commit that frees it, under the lock of the order.

    Raises AlreadyPaid when money came meanwhile, PaymentInProgress when the gateway cannot say yet.
    """
    order = Order.objects.get(public_id=order_id)
    closed = close_all(order=order, actor=actor, at=at)
    with transaction.atomic():
        order = lock_order(order_id)
        if order.status == "cancelled":
            return order
        if order.status != "pending_payment":
            raise AlreadyPaid(f"the order is {order.status}")
        if not closed or open_calls(order) or unclosed_payments(order):
            raise PaymentInProgress
        set_open_attempts(order, count=0, at=at)
        if first is not None:
            first(order)
        cancel_unpaid_order(order, actor=actor, reason=reason, at=at)
    reached("order.cancelled")
    return order


def close_surplus(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payment.surplus`: once an order is paid, its other payments must take nothing more.

    Raises PaymentInProgress while one of them might, so that the outbox tries again. One that its bank works on cannot
    be stopped; what it takes is unapplied and goes back.
    """
    order = Order.objects.get(public_id=payload["order"])
    close_all(order=order, actor="system:surplus", at=at)
    if any(not payment.is_processing for payment in unclosed_payments(order)):
        raise PaymentInProgress


def cancel_after_failure(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payment.attempt_failed` where the policy cancels an order with its first failed attempt."""
    order = Order.objects.get(public_id=payload["order"])
    if order.status == "pending_payment":
        cancel_unpaid(order_id=order.public_id, actor="system:policy", reason="the payment attempt failed", at=at)


def replace_payments(*, order: Order, actor: str, at: datetime) -> None:
    """Makes room for a new attempt: earlier objects are closed first, so that two cannot both be paid.

    Raises OrderNotPayable, AlreadyPaid, or PaymentInProgress when an earlier one cannot be closed.
    """
    closed = close_all(order=order, actor=actor, at=at)
    order.refresh_from_db()
    if order.status in ("cancelled", "expired"):
        raise OrderNotPayable(f"the order is {order.status}")
    if order.status != "pending_payment":
        raise AlreadyPaid(f"the order is {order.status}")
    if not closed or open_payments(order):
        raise PaymentInProgress
