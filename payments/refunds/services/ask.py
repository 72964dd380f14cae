"""Asks the gateway about refund calls whose outcome nobody knows, or that it has not decided for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import count_absence
from config.calls.states import CallStatus
from config.kernel.faultpoints import reached
from config.outbox.services import emit
from orders.order.queries import lock_order
from payments.charges.queries import lock_payment
from payments.gateways.contract import Answer, Capability, Gateway, Outcome
from payments.gateways.refund_views import RefundState
from payments.gateways.registry import gateway_for
from payments.refunds.models import Refund
from payments.refunds.queries import is_that, lock_refund, mark_of
from payments.refunds.services.record import observe_refund
from payments.refunds.services.send import may_be_sent, record_refund_answer
from payments.refunds.states import RefundStatus

RESEND_WITHIN = timedelta(hours=20)
RESENDS = 2


def ask_refund(call: GatewayCall, at: datetime) -> None:
    """Whether the refund was made: looked for among the payment's refunds, and at first, while the gateway replays the
    key, sent again to the letter, which counts as asking.

    A resend that was not executed says nothing of the first sending, and one without an answer may itself have made
    it. So only looking proves that it was never made, as often and as long after the last sending as the gateway's
    `absent_refund` says. Then it is sent again: under a new key where the gateway may keep an error under the old one.
    """
    refund = Refund.objects.select_related("payment", "gateway_account").get(public_id=call.subject_id)
    gateway = gateway_for(call.account)
    if call.status == CallStatus.PENDING:
        _ask_what_became(refund, call, gateway, at=at)
        return
    view = gateway.find_refund(
        our_id=mark_of(refund),
        call_id=call.public_id,
        gateway_payment_id=refund.payment.gateway_payment_id or "",
    )
    reached("refund.create.looked")
    if view is not None and is_that(refund, view):
        outcome = Outcome.PENDING if view.state == RefundState.PENDING else Outcome.SUCCEEDED
        record_refund_answer(refund=refund, call=call, answer=Answer(outcome=outcome, refund=view), at=at)
        return
    if _may_resend(call, gateway, at=at) and _intend_again(refund, call, at=at):
        reached("refund.create.resending")
        answer = gateway.refund_payment(
            key=call.public_id,
            our_id=mark_of(refund),
            gateway_payment_id=refund.payment.gateway_payment_id or "",
            charge_id=refund.gives_back,
            amount=refund.amount,
        )
        reached("refund.create.asked")
        if answer.outcome not in (Outcome.UNKNOWN, Outcome.NOT_EXECUTED):
            record_refund_answer(refund=refund, call=call, answer=answer, at=at)
        return
    absence = gateway.absent_refund
    if not count_absence(call=call, after=absence.after, times=absence.times, apart=absence.apart, at=at):
        return
    with transaction.atomic():
        record_refund_answer(refund=refund, call=call, answer=Answer(outcome=Outcome.NOT_EXECUTED), at=at)
        _send_again(refund, call, at=at)
    reached("refund.create.settled")


def _ask_what_became(refund: Refund, call: GatewayCall, gateway: Gateway, *, at: datetime) -> None:
    """The gateway has it and had not decided; its event may have been lost."""
    view = gateway.get_refund(refund_id=call.external_id)
    reached("refund.create.looked")
    if view is None or view.state == RefundState.PENDING:
        return
    with transaction.atomic():
        observe_refund(refund=refund, view=view, actor="system:asking", at=at)
    reached("refund.create.settled")


def _may_resend(call: GatewayCall, gateway: Gateway, *, at: datetime) -> bool:
    replays = Capability.REPLAYS_IDEMPOTENCY_KEYS in gateway.capabilities
    return replays and call.resends < RESENDS and not call.absences and at - call.created_at < RESEND_WITHIN


def _intend_again(refund: Refund, call: GatewayCall, *, at: datetime) -> bool:
    """Counts one more sending, if this refund may be sent now: a request that never arrived gives the money now, and
    what was to be given then may be disputed, or charged back, since. Then absence alone decides."""
    with transaction.atomic():
        lock_order(refund.payment.ref)
        payment = lock_payment(refund.payment_id)
        refund = lock_refund(refund.pk)
        if refund.status != RefundStatus.SENDING or not may_be_sent(payment, refund):
            return False
        GatewayCall.objects.filter(pk=call.pk).update(resends=call.resends + 1, sent_at=at)
    return True


def _send_again(refund: Refund, call: GatewayCall, *, at: datetime) -> None:
    """The job that sent it was done long ago, so a new one is needed; once per sending."""
    emit(
        "refund.approved",
        fact_key=f"{refund.public_id}:{call.public_id}:{call.resends}",
        payload={"refund": refund.public_id},
        at=at,
    )
