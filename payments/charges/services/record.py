"""Records what a gateway says of a payment, whoever told us: an answer, a webhook, or a question asked later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from config.audit.services import move
from config.calls.models import GatewayCall
from config.calls.services import record_outcome
from config.calls.states import CallStatus
from config.inbox.storing import wake
from config.kernel.errors import Unavailable
from config.ops.metrics import failed_charge
from config.outbox.services import emit
from orders.fulfilment.queries import lock_fulfilments
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.order.services import set_open_attempts
from payments.charges.models import Payment
from payments.charges.queries import lock_payments
from payments.charges.services.capture import book_capture, untold
from payments.charges.states import PAYMENT_STATES, PaymentStatus
from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayFailure
from payments.gateways.frugal import without_indian_cards
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.watching.services import watch

NOTHING_NEW = "known already"
_STATUS = {
    PaymentState.PENDING: PaymentStatus.PENDING,
    PaymentState.PROCESSING: PaymentStatus.PENDING,
    PaymentState.AUTHORIZED: PaymentStatus.AUTHORIZED,
    PaymentState.CAPTURED: PaymentStatus.CAPTURED,
    PaymentState.FAILED: PaymentStatus.FAILED,
    PaymentState.CANCELLED: PaymentStatus.CANCELLED,
    PaymentState.EXPIRED: PaymentStatus.EXPIRED,
}


def record_answer(
    *,
    call: GatewayCall,
    answer: Answer,
    outcome: str,
    at: datetime,
    external_id: str = "",
    ask_at: datetime | None = None,
) -> bool:
    """Writes an adapter's answer into the journal, in the caller's transaction. One that is not decided is asked about
    at `ask_at`."""
    return record_outcome(
        call=call,
        outcome=outcome,
        at=at,
        answer=without_indian_cards(answer.raw),
        external_id=external_id,
        http_status=answer.http_status,
        request_id=answer.request_id,
        error_code=answer.failure.code if answer.failure else "",
        ask_at=ask_at,
    )


class CaptureUnexplained(Unavailable):
    """The gateway says that it took money, and not by which charge: asked again later, never passed over."""

    code = "capture_unexplained"


def record_create(*, payment_id: int, call: GatewayCall, answer: Answer, at: datetime) -> None:
    """The third beat of making a payment: the outcome, under lock, with what follows from it."""
    with transaction.atomic():
        order = lock_order(call.subject_id)
        payments = lock_payments(order)
        payment = next(each for each in payments if each.pk == payment_id)
        view = answer.payment
        record_answer(
            call=call, answer=answer, outcome=answer.outcome, at=at, external_id=_external_id(view) if view else ""
        )
        if answer.outcome == Outcome.SUCCEEDED and view is not None:
            observe_payment(payment=payment, view=view, actor=call.actor, at=at)
        elif answer.outcome in (Outcome.DECLINED, Outcome.NOT_EXECUTED):
            failure = answer.failure or GatewayFailure(code=answer.outcome)
            _fail(payment, failure, actor=call.actor, at=at, closed_at=at)
            count_attempts(order, payments, at=at)


def count_attempts(order: Order, payments: Sequence[Payment], *, at: datetime) -> None:
    """Tells the order how many of its payments are open; the locks of all of them are held."""
    count = sum(payment.is_open for payment in payments)
    if count != order.open_attempts:
        set_open_attempts(order, count=count, at=at)


def _external_id(view: PaymentView) -> str:
    return view.gateway_payment_id or view.session_id


def observe_payment(*, payment: Payment, view: PaymentView, actor: str, at: datetime) -> str:
    """Brings our payment up to what the gateway says of its object, in the caller's transaction.

    Amounts first: each captured charge is a fact of its own, booked once whatever the order of arrival. Labels then
    move by the table; one that is older than what we know (`failed` of a captured payment) changes nothing. Returns
    what was done, in one line. Raises CaptureUnexplained. Locks order, fulfilments and payment, in that order.
    """
    order = lock_order(payment.ref)
    fulfilments = lock_fulfilments(order) if view.captures else []
    payments = lock_payments(order)
    payment = next(each for each in payments if each.pk == payment.pk)
    others = [each for each in payments if each is not payment]
    if view.state == PaymentState.CAPTURED and not view.captures and not payment.captured_minor:
        raise CaptureUnexplained
    if payment.status == PaymentStatus.CREATED:
        _settle_create_call(order, payment, view, at=at)
    news = untold(payment, view)
    booked = [
        book_capture(
            order=order,
            fulfilments=fulfilments,
            payment=payment,
            others=others,
            fact=fact,
            view=view,
            actor=actor,
            at=at,
        )
        for fact in view.captures
    ]
    _store(payment, untold(payment, view))
    if "gateway_payment_id" in news or "gateway_order_id" in news:
        wake([payment.public_id, view.gateway_payment_id, view.session_id], at=at)
        if not payment.captured_minor:
            watch(kind="payment", ref=payment.public_id, account=payment.gateway_account.code, at=at)
    moved = False if view.state == PaymentState.CAPTURED else _follow(payment, view, actor=actor, at=at)
    if payment.saved_method_id is not None:
        _settle_confirm_call(payment, view, at=at)
    if view.is_closed and payment.closed_at is None:
        Payment.objects.filter(pk=payment.pk).update(closed_at=at)
    count_attempts(order, payments, at=at)
    if any(booked):
        return "booked"
    return f"{payment.status}" if moved else NOTHING_NEW


def _store(payment: Payment, changes: dict[str, str]) -> None:
    if changes:
        Payment.objects.filter(pk=payment.pk).update(**changes)
        for name, value in changes.items():
            setattr(payment, name, value)


def _settle_create_call(order: Order, payment: Payment, view: PaymentView, *, at: datetime) -> None:
    """The object exists, so the call that made it succeeded, even if its answer was lost."""
    call = GatewayCall.objects.filter(
        subject_type="order",
        subject_id=order.public_id,
        operation="payment.create",
        request_facts__payment=payment.public_id,
        status__in=(CallStatus.SENT, CallStatus.UNKNOWN),
    ).first()
    if call is not None:
        record_outcome(call=call, outcome=CallStatus.SUCCEEDED, at=at, external_id=_external_id(view))


def _settle_confirm_call(payment: Payment, view: PaymentView, *, at: datetime) -> None:
    """What became of a charge with nobody present. A failure may be that of an earlier try: it settles only what is
    known to be with the bank."""
    done = view.state in (PaymentState.CAPTURED, PaymentState.AUTHORIZED)
    if not done and view.state != PaymentState.FAILED:
        return
    open_ones = (CallStatus.SENT, CallStatus.UNKNOWN, CallStatus.PENDING) if done else (CallStatus.PENDING,)
    call = GatewayCall.objects.filter(
        subject_type="payment", subject_id=payment.public_id, operation="payment.confirm", status__in=open_ones
    ).first()
    if call is None:
        return
    outcome = CallStatus.SUCCEEDED if done else CallStatus.DECLINED
    record_outcome(call=call, outcome=outcome, at=at, external_id=view.gateway_payment_id)
    if not done:
        tell_declined(payment, call, view.failure, at=at)


def tell_declined(payment: Payment, call: GatewayCall, failure: GatewayFailure | None, *, at: datetime) -> None:
    """A charge with nobody present was declined; who listens decides what follows. Told once for each try."""
    said = failure or GatewayFailure("declined")
    payload = {
        "payment": payment.public_id,
        "code": said.code,
        "decline_code": said.decline_code,
        "advice_code": said.advice_code,
    }
    emit("payment.declined_unattended", fact_key=call.public_id, payload=payload, at=at)


def _follow(payment: Payment, view: PaymentView, *, actor: str, at: datetime) -> bool:
    """Moves the label to the gateway's, where the table allows it."""
    target = _STATUS[view.state]
    processing = view.state == PaymentState.PROCESSING
    if target == payment.status:
        if payment.is_processing != processing:
            Payment.objects.filter(pk=payment.pk).update(is_processing=processing)
        return False
    if payment.status == PaymentStatus.FAILED and target == PaymentStatus.PENDING and not processing:
        return False  # the object waits for another try, as it did when it failed: no news
    if payment.status == PaymentStatus.CREATED and target == PaymentStatus.AUTHORIZED:
        # Found only now, after its answer was lost: it was pending in between, and the table has no jump.
        move(payment, to=PaymentStatus.PENDING, actor=actor, at=at)
    if not PAYMENT_STATES.allows(payment.status, target):
        return False
    if target == PaymentStatus.FAILED:
        _fail(payment, view.failure or GatewayFailure(code="failed"), actor=actor, at=at)
        return True
    changes: dict[str, Any] = {"is_processing": processing}
    if target == PaymentStatus.AUTHORIZED:
        changes["authorized_at"] = at
    moved = move(payment, to=target, actor=actor, at=at, **changes)
    if moved and target == PaymentStatus.AUTHORIZED and not payment.capture_manually:
        fact_key = f"{payment.public_id}:{at.timestamp()}"  # it may run out, and be authorized by another attempt
        emit("payment.authorized", fact_key=fact_key, payload={"payment": payment.public_id}, at=at)
    return moved


def _fail(
    payment: Payment, failure: GatewayFailure, *, actor: str, at: datetime, closed_at: datetime | None = None
) -> None:
    """A failed attempt is recorded and leaves the order payable, unless the policy says otherwise."""
    code = failure.decline_code or failure.code
    moved = move(
        payment,
        to=PaymentStatus.FAILED,
        actor=actor,
        at=at,
        reason=code,
        is_processing=False,
        failure_code=code[:80],
        failure_detail=failure.detail[:300],
        closed_at=closed_at or payment.closed_at,
    )
    if not moved:
        return
    # Counted once it stands: a dry run, or an attempt that lost its lease, declined nothing.
    gateway = payment.gateway_account.gateway
    transaction.on_commit(lambda: failed_charge(gateway, code))
    if settings.POLICY.cancel_on_failed_attempt and payment.ref and payment.saved_method_id is None:
        emit(
            "payment.attempt_failed",
            fact_key=f"{payment.public_id}:{at.timestamp()}",
            payload={"order": payment.ref},
            at=at,
        )
