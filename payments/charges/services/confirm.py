"""Charges the saved method of a payment with nobody present: the payment was made before, so its id is known."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import count_absence, open_call, reopen
from config.calls.states import CallStatus
from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from orders.order.queries import lock_order
from payments.charges import rules
from payments.charges.models import Payment
from payments.charges.queries import lock_payment
from payments.charges.services.calling import answer_of
from payments.charges.services.record import observe_payment, record_answer, tell_declined
from payments.charges.services.start import enforce
from payments.charges.states import PaymentStatus
from payments.gateways.contract import Answer, Outcome
from payments.gateways.payment_views import PaymentState
from payments.gateways.readings import confirmed
from payments.gateways.registry import gateway_for
from payments.watching.services import watch


class NotConfirmable(Conflict):
    """This payment cannot be charged with nobody present."""

    code = "payment_not_confirmable"


def confirm_unattended(*, payment: Payment, actor: str, at: datetime) -> Outcome:
    """Charges it. A decline leaves the same object, for another try or for the customer.

    Raises NotConfirmable, OrderNotPayable, ReservationOver, OpenCallExists while an earlier try has no outcome.
    """
    call = _intend(payment, actor=actor, at=at)
    reached("payment.confirm.intended")
    gateway = gateway_for(call.account)
    answer = answer_of(
        lambda: gateway.confirm_payment(
            key=call.public_id,
            gateway_payment_id=payment.gateway_payment_id or "",
            method_id=str(call.request_facts["method"]),
        )
    )
    reached("payment.confirm.answered")
    record_confirm(payment_pk=payment.pk, call=call, answer=answer, at=at)
    reached("payment.confirm.recorded")
    return answer.outcome


def _intend(payment: Payment, *, actor: str, at: datetime) -> GatewayCall:
    with transaction.atomic():
        order = lock_order(payment.ref)
        payment = lock_payment(payment.pk)
        enforce(rules.may_pay(status=order.status, reserved_until=order.reserved_until, at=at))
        method = payment.saved_method
        if method is None or not payment.gateway_payment_id or payment.closed_at is not None:
            raise NotConfirmable
        if payment.status not in (PaymentStatus.PENDING, PaymentStatus.FAILED):
            raise NotConfirmable(f"the payment is {payment.status}")
        last = GatewayCall.objects.filter(
            subject_type="payment", subject_id=payment.public_id, operation="payment.confirm"
        )
        call = last.order_by("-pk").first()
        if call is not None and call.status == CallStatus.NOT_EXECUTED:
            reopen(call, at=at)
            return call
        account = payment.gateway_account
        return open_call(
            subject=payment, operation="payment.confirm", service=account.gateway, account=account.code, actor=actor,
            facts={"payment": payment.public_id, "method": method.gateway_method_id}, at=at,
        )  # fmt: skip


def record_confirm(*, payment_pk: int, call: GatewayCall, answer: Answer, at: datetime) -> None:
    """The third beat: the outcome of the call and what the gateway says of the payment, under lock."""
    with transaction.atomic():
        payment = Payment.objects.only("ref", "public_id").get(pk=payment_pk)
        lock_order(payment.ref)
        payment = lock_payment(payment_pk)
        view = answer.payment
        external_id = view.gateway_payment_id if view is not None else ""
        # Declined, and paid all the same: by the customer in person, of which the event was faster than this answer.
        is_past = answer.outcome is Outcome.DECLINED and _has_succeeded(call)
        if not is_past:
            record_answer(call=call, answer=answer, outcome=answer.outcome, at=at, external_id=external_id)
        if view is not None:
            observe_payment(payment=payment, view=view, actor=call.actor, at=at)
        if answer.outcome is Outcome.PENDING:
            # Accepted is not paid, and an earlier try may have used up the questions.
            watch(kind="payment", ref=payment.public_id, account=call.account, at=at)
        if answer.outcome is Outcome.DECLINED and not is_past:
            tell_declined(payment, call, answer.failure, at=at)


def _has_succeeded(call: GatewayCall) -> bool:
    return GatewayCall.objects.select_for_update().values_list("status", flat=True).get(pk=call.pk) == "succeeded"


def ask_confirm(call: GatewayCall, at: datetime) -> None:
    """What became of it: the payment itself says. One that was never tried may be charged again, under the same key."""
    payment = Payment.objects.get(public_id=call.subject_id)
    gateway = gateway_for(call.account)
    view = gateway.get_payment(
        gateway_payment_id=payment.gateway_payment_id or "", session_id=payment.gateway_order_id or ""
    )
    reached("payment.confirm.asked")
    if view is None:
        return
    reading = confirmed(view)
    # A failure may be that of an earlier try, so that it settles nothing either.
    if view.state in (PaymentState.PENDING, PaymentState.FAILED):
        absence = gateway.absent_charge
        if not count_absence(call=call, after=absence.after, times=absence.times, apart=absence.apart, at=at):
            return
        outcome = Outcome.NOT_EXECUTED if view.state is PaymentState.PENDING else Outcome.DECLINED
    else:
        outcome = reading.outcome
    answer = Answer(outcome=outcome, payment=view, failure=reading.failure)
    record_confirm(payment_pk=payment.pk, call=call, answer=answer, at=at)
