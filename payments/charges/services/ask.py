"""Asks the gateway about payment calls whose outcome nobody knows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import count_absence, record_outcome
from config.calls.states import CallStatus
from config.kernel.faultpoints import reached
from orders.order.queries import lock_order
from payments.abuse.services.learn import note_declines
from payments.charges.models import Payment
from payments.charges.services.record import NOTHING_NEW, observe_payment, record_create
from payments.charges.services.start import new_payment
from payments.gateways.contract import Absence, Answer, Capability, Outcome
from payments.gateways.payment_views import PaymentState
from payments.gateways.registry import gateway_for
from payments.watching.services import Found, keep_as_fetched

WATCH = "system:watch"

# The gateway replays a key for a day; with a margin for clocks and slow questions.
RESEND_WITHIN = timedelta(hours=20)
# Nobody ever got the means to pay an object whose making had no answer, so that once its order's reservation is over
# it is enough not to find it a while after it was last sent: stock is not kept for a day because of one lost answer.
ABSENT_AFTER_RESERVATION = timedelta(minutes=10)


def ask_create(call: GatewayCall, at: datetime) -> None:
    """Whether the payment object was made. Sending the identical request under the same key counts as asking, because
    making the object moves no money; later only looking counts."""
    payment = Payment.objects.get(public_id=call.request_facts["payment"])
    gateway = gateway_for(call.account)
    is_over = payment.order is not None and at >= payment.order.reserved_until
    replays = Capability.REPLAYS_IDEMPOTENCY_KEYS in gateway.capabilities
    if replays and not is_over and at - call.created_at < RESEND_WITHIN:
        GatewayCall.objects.filter(pk=call.pk).update(sent_at=at)
        reached("payment.create.resending")
        answer = gateway.create_payment(new_payment(payment, call))
        reached("payment.create.asked")
        # Refused under the same key, it was never made: the gateway would have repeated what it answered before.
        if answer.outcome in (Outcome.SUCCEEDED, Outcome.DECLINED):
            record_create(payment_id=payment.pk, call=call, answer=answer, at=at)
            return
    view = gateway.find_payment(our_id=payment.public_id, call_id=call.public_id, since=call.created_at)
    reached("payment.create.looked")
    if view is not None:
        answer = Answer(outcome=Outcome.SUCCEEDED, payment=view)
    elif _is_absent(call, gateway.absent_payment, is_over=is_over, at=at):
        answer = Answer(outcome=Outcome.NOT_EXECUTED)
    else:
        return
    record_create(payment_id=payment.pk, call=call, answer=answer, at=at)


def _is_absent(call: GatewayCall, absence: Absence, *, is_over: bool, at: datetime) -> bool:
    after = min(absence.after, ABSENT_AFTER_RESERVATION) if is_over else absence.after
    return count_absence(call=call, after=after, times=absence.times, apart=absence.apart, at=at)


def ask_watched_payment(*, ref: str, at: datetime) -> Found:
    """What the gateway says of a payment that waits there. Over once it is captured, or can take nothing any more. One
    that was only given up may still be taken by a bank that decides late, if anybody tried to pay it.

    Raises GatewayUnreachable.
    """
    payment = Payment.objects.select_related("gateway_account").get(public_id=ref)
    account = payment.gateway_account.code
    gateway = gateway_for(account)
    is_given_up = payment.closed_at is not None
    if payment.captured_minor or (is_given_up and Capability.STAYS_OPEN not in gateway.capabilities):
        return Found.OVER
    view = gateway.get_payment(
        gateway_payment_id=payment.gateway_payment_id or "", session_id=payment.gateway_order_id or ""
    )
    if view is None:
        return Found.WAITS
    with transaction.atomic():
        note_declines(payment=payment, told=view.declines, fingerprint=view.fingerprint, at=at)
        if observe_payment(payment=payment, view=view, actor=WATCH, at=at) != NOTHING_NEW:
            keep_as_fetched(account=account, view=view, at=at)
    if view.captures or view.is_closed:
        return Found.OVER
    if not is_given_up:
        return Found.WAITS
    return Found.STANDS if view.method or view.failure else Found.OVER


def ask_payment(call: GatewayCall, at: datetime) -> None:
    """What became of a capture or a cancel: the object itself says it."""
    payment = Payment.objects.select_related("gateway_account").get(public_id=call.subject_id)
    view = gateway_for(call.account).get_payment(
        gateway_payment_id=payment.gateway_payment_id or "", session_id=payment.gateway_order_id or ""
    )
    reached("payment.object.asked")
    if view is None:
        return
    wanted = {
        "payment.capture": (PaymentState.CAPTURED,),
        "payment.cancel": (PaymentState.CANCELLED, PaymentState.EXPIRED),
    }[call.operation]
    with transaction.atomic():
        lock_order(payment.ref)
        done = view.state in wanted
        # Not done and not under way: the request never took effect, and may be made again.
        outcome = CallStatus.SUCCEEDED if done else CallStatus.NOT_EXECUTED
        record_outcome(call=call, outcome=outcome, at=at, external_id=view.gateway_payment_id)
        observe_payment(payment=payment, view=view, actor=call.actor, at=at)
