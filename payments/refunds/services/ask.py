"""Asks the gateway about refund calls whose outcome nobody knows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from config.calls.models import GatewayCall
from config.kernel.faultpoints import reached
from config.outbox.services import emit
from payments.gateways.contract import Answer, Capability, Outcome, RefundState
from payments.gateways.registry import gateway_for
from payments.refunds.models import Refund
from payments.refunds.services.send import record_refund_answer

RESEND_WITHIN = timedelta(hours=20)
# Twice absent, the second time at least this long after it was sent: it was never made.
ABSENT_AFTER = timedelta(minutes=10)
ABSENCES = 2


def ask_refund(call: GatewayCall, at: datetime) -> None:
    """Whether the refund was made: looked for among the payment's refunds, and while the gateway replays the key and
    the refund is still owed, sent again to the letter, which counts as asking.

    A resend that was not executed says nothing of the first sending: only having been absent twice, long after, does.
    """
    refund = Refund.objects.select_related("payment", "gateway_account").get(public_id=call.subject_id)
    gateway = gateway_for(call.account)
    view = gateway.find_refund(our_id=refund.public_id, gateway_payment_id=refund.payment.gateway_payment_id or "")
    reached("refund.create.looked")
    if view is not None:
        outcome = Outcome.PENDING if view.state == RefundState.PENDING else Outcome.SUCCEEDED
        record_refund_answer(refund=refund, call=call, answer=Answer(outcome=outcome, refund=view), at=at)
        return
    GatewayCall.objects.filter(pk=call.pk).update(absences=call.absences + 1)
    answer = Answer(outcome=Outcome.NOT_EXECUTED)
    if at - call.created_at < RESEND_WITHIN and Capability.REPLAYS_IDEMPOTENCY_KEYS in gateway.capabilities:
        answer = gateway.refund_payment(
            key=call.public_id,
            our_id=refund.public_id,
            gateway_payment_id=refund.payment.gateway_payment_id or "",
            charge_id=refund.payment.charge_id,
            amount=refund.amount,
        )
        reached("refund.create.asked")
    is_absent = call.absences + 1 >= ABSENCES and at - call.sent_at >= ABSENT_AFTER
    if answer.outcome == Outcome.UNKNOWN or (answer.outcome == Outcome.NOT_EXECUTED and not is_absent):
        return
    with transaction.atomic():
        record_refund_answer(refund=refund, call=call, answer=answer, at=at)
        if answer.outcome == Outcome.NOT_EXECUTED:
            _send_again(refund, call, at=at)
    reached("refund.create.settled")


def _send_again(refund: Refund, call: GatewayCall, *, at: datetime) -> None:
    """The job that sent it was done long ago, so a new one is needed; once per sending."""
    emit(
        "refund.approved",
        fact_key=f"{refund.public_id}:{call.public_id}:{call.resends}",
        payload={"refund": refund.public_id},
        at=at,
    )
