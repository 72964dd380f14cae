"""Sends an approved refund to the gateway: intent, call, outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from config.audit.services import move
from config.calls.models import GatewayCall
from config.calls.services import open_call, reopen
from config.calls.states import CallStatus
from config.kernel.errors import Unavailable
from config.kernel.faultpoints import reached
from config.proposals.services import waiting
from orders.order.queries import lock_order
from payments.charges.models import Payment
from payments.charges.queries import lock_payment
from payments.charges.services.calling import answer_of
from payments.charges.services.record import record_answer
from payments.gateways.contract import Answer, Capability, Outcome
from payments.gateways.failures import GatewayFailure
from payments.gateways.registry import gateway_for
from payments.refunds.models import Refund
from payments.refunds.queries import fits_in_what_is_left, lock_refund, mark_of
from payments.refunds.services.record import UNDECIDED, fail_refund, observe_refund
from payments.refunds.states import RefundStatus


class RefundNotSent(Unavailable):
    """The gateway did not take the refund; nothing went back yet. It is sent again."""

    code = "refund_not_sent"


def send_approved(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `refund.approved`. Told again, it does nothing: a refund is sent from `approved` alone, or, where the
    job says which making of it is meant (`again`), from `failed`, once.

    Raises RefundNotSent when nothing was executed, so that the outbox tries again.
    """
    refund = Refund.objects.get(public_id=payload["refund"])
    sent = _intend(refund, again=int(payload.get("again", 0)), at=at)
    if sent is None:
        return
    refund, call = sent
    reached("refund.create.intended")
    gateway = gateway_for(call.account)
    answer = answer_of(
        lambda: gateway.refund_payment(
            key=call.public_id,
            our_id=mark_of(refund),
            gateway_payment_id=refund.payment.gateway_payment_id or "",
            charge_id=refund.gives_back,
            amount=refund.amount,
        )
    )
    reached("refund.create.answered")
    record_refund_answer(refund=refund, call=call, answer=answer, at=at)
    reached("refund.create.recorded")
    if answer.outcome == Outcome.NOT_EXECUTED:
        raise RefundNotSent(answer.failure.code if answer.failure else "not executed")


def _intend(refund: Refund, *, again: int, at: datetime) -> tuple[Refund, GatewayCall] | None:
    with transaction.atomic():
        lock_order(refund.payment.ref)
        payment = lock_payment(refund.payment_id)
        refund = lock_refund(refund.pk)
        if refund.status != RefundStatus.APPROVED and not _is_to_be_made_anew(refund, again):
            return None
        if not may_be_sent(payment, refund):
            if not payment.open_disputes:  # else it waits for the decision, whose commit tells us again
                _give_up(refund, at=at)
            return None
        call = _to_repeat(refund)
        if call is not None:
            reopen(call, at=at)
        else:
            call = open_call(
                subject=refund,
                operation="refund.create",
                service=payment.gateway_account.gateway,
                account=payment.gateway_account.code,
                actor=refund.approved_by,
                facts={
                    "refund": refund.public_id,
                    "making": refund.sendings,
                    "amount_minor": refund.amount_minor,
                    "currency": refund.currency,
                },
                at=at,
            )
        move(refund, to=RefundStatus.SENDING, actor=refund.approved_by, at=at)
    return refund, call


def _calls(refund: Refund) -> QuerySet[GatewayCall]:
    """The calls for the present making of a refund."""
    return GatewayCall.objects.filter(
        subject_type="refund",
        subject_id=refund.public_id,
        operation="refund.create",
        request_facts__making=refund.sendings,
    )


def _is_to_be_made_anew(refund: Refund, again: int) -> bool:
    """A job that is run a second time, because its worker died, must not make it once more."""
    if refund.status != RefundStatus.FAILED or refund.sendings != again:
        return False
    return not _calls(refund).exclude(status=CallStatus.NOT_EXECUTED).exists()


def may_be_sent(payment: Payment, refund: Refund) -> bool:
    """Whether nothing stands in the way of sending this refund, or of sending it again, now; under the locks of its
    order, payment and row. While a dispute is open nobody knows whose the money will be; while a person proposes to end
    the refund without the gateway, the buyer may have it from our bank already."""
    if payment.open_disputes or waiting(refund.proposals.all()):
        return False
    return not _is_charged_back(payment, refund)


def _is_charged_back(payment: Payment, refund: Refund) -> bool:
    """Whether the bank took so much of the payment that this is not left of it: the buyer has it already."""
    return payment.disputed_minor > 0 and not fits_in_what_is_left(refund)


def _give_up(refund: Refund, *, at: datetime) -> None:
    """It is still owed in the books, and a person decides: void it, or send it when an appeal is won."""
    if refund.status == RefundStatus.APPROVED:
        move(refund, to=RefundStatus.SENDING, actor=refund.approved_by, at=at, reason="nothing is left to send")
        failure = GatewayFailure("charged_back", "a dispute took what this would give: nothing was sent")
        fail_refund(refund, failure, actor=refund.approved_by, at=at)


def _to_repeat(refund: Refund) -> GatewayCall | None:
    """The call that was not executed and is made again under its own key, so that a request of it which is still on its
    way somewhere gives nothing more. One that was asked about may have an error under its key, where answers are kept.
    """
    calls = _calls(refund).filter(status=CallStatus.NOT_EXECUTED)
    if Capability.REPLAYS_IDEMPOTENCY_KEYS in gateway_for(refund.gateway_account.code).capabilities:
        calls = calls.filter(absences=0)
    return calls.order_by("-pk").first()


def record_refund_answer(*, refund: Refund, call: GatewayCall, answer: Answer, at: datetime) -> None:
    """The third beat: what became of the call, and of the refund with it, under lock."""
    with transaction.atomic():
        lock_order(refund.payment.ref)
        lock_payment(refund.payment_id)
        refund = lock_refund(refund.pk)
        view = answer.refund
        record_answer(
            call=call,
            answer=answer,
            outcome=answer.outcome,
            at=at,
            external_id=view.refund_id if view else "",
            ask_at=at + UNDECIDED,
        )
        if view is not None and answer.outcome in (Outcome.SUCCEEDED, Outcome.PENDING):
            observe_refund(refund=refund, view=view, actor=call.actor, at=at)
        elif refund.status != RefundStatus.SENDING:
            return  # a webhook was faster and knew more
        elif answer.outcome == Outcome.DECLINED:
            fail_refund(refund, answer.failure or GatewayFailure("declined"), actor=call.actor, at=at)
        elif answer.outcome == Outcome.NOT_EXECUTED:
            move(refund, to=RefundStatus.APPROVED, actor=call.actor, at=at, reason="not executed")
