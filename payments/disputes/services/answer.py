"""Answers a dispute at its gateway: hands the evidence in, or concedes. Intent, call, outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from config.audit.services import record
from config.calls.models import GatewayCall
from config.calls.services import open_call, record_outcome
from config.calls.states import CallStatus
from config.idempotency.services import Claim, remember_intent
from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from orders.order.queries import lock_order
from payments.charges.services.calling import answer_of
from payments.charges.services.record import record_answer
from payments.disputes import rules
from payments.disputes.models import Dispute, DisputeEvidence
from payments.disputes.services.evidence import check_words, evidence_of, has_evidence, lock_answerable, lock_free
from payments.disputes.services.observe import observe_dispute
from payments.gateways.contract import Answer, Gateway, Outcome
from payments.gateways.dispute_views import DisputeState, DisputeView
from payments.gateways.registry import gateway_for

SUBMIT, ACCEPT = "dispute.submit", "dispute.accept"
# What stands in the trail with who decided it and why; what became of it stands with the call.
_SENT = {SUBMIT: "evidence sent", ACCEPT: "concession sent"}
# Asked twice this long after it was sent, and the dispute shows nothing of it: it was never executed.
ABSENT_AFTER = timedelta(minutes=10)
ABSENCES = 2


class NothingToSay(Conflict):
    """There is no evidence to submit."""

    code = "no_evidence"


class DisputeNotAcceptable(Conflict):
    """There is nothing to concede."""

    code = "dispute_not_acceptable"


def submit_evidence(*, dispute_pk: int, actor: str, reason: str, at: datetime, claim: Claim | None = None) -> str:
    """Hands in all that was written and kept, for good. Returns what became of the call.

    `claim` is the idempotency key that it was asked under. Raises NothingToSay, EvidenceTooLong, and as
    `lock_answerable`.
    """
    with transaction.atomic():
        dispute = lock_answerable(dispute_pk, at=at)
        if not has_evidence(dispute):
            raise NothingToSay
        evidence = evidence_of(dispute)
        check_words(dispute, evidence.texts)
        call = _intend(dispute, SUBMIT, actor=actor, reason=reason, claim=claim, at=at)
    return _carry_out(
        dispute,
        call,
        lambda gateway: gateway.submit_evidence(
            key=call.public_id, dispute_id=dispute.gateway_dispute_id, evidence=evidence, submit=True
        ),
        at=at,
    )


def accept_dispute(
    *,
    dispute_pk: int,
    actor: str,
    reason: str,
    at: datetime,
    claim: Claim | None = None,
    still: Callable[[Dispute], bool] | None = None,
) -> str:
    """Concedes: the money is lost, for good. Returns what became of the call.

    `still` is asked under lock whether what was decided before it still stands. Raises DisputeNotAcceptable, and as
    `lock_free`.
    """
    with transaction.atomic():
        dispute = lock_free(dispute_pk)
        verdict = rules.may_accept(status=dispute.status)
        if not verdict:
            raise DisputeNotAcceptable(verdict.detail)
        if still is not None and not still(dispute):
            raise DisputeNotAcceptable("it is not as it was when that was decided")
        call = _intend(dispute, ACCEPT, actor=actor, reason=reason, claim=claim, at=at)
    return _carry_out(
        dispute,
        call,
        lambda gateway: gateway.accept_dispute(key=call.public_id, dispute_id=dispute.gateway_dispute_id),
        at=at,
    )


def outcome_of(call_id: str) -> str:
    """What became of an answer that somebody gave earlier; `unknown` while nobody knows."""
    status = GatewayCall.objects.values_list("status", flat=True).get(public_id=call_id)
    return str(Outcome.UNKNOWN if status == CallStatus.SENT else status)


def _intend(
    dispute: Dispute, operation: str, *, actor: str, reason: str, claim: Claim | None, at: datetime
) -> GatewayCall:
    call = open_call(
        subject=dispute,
        operation=operation,
        service=dispute.gateway_account.gateway,
        account=dispute.gateway_account.code,
        actor=actor,
        facts={"dispute": dispute.public_id, "reason": reason},
        at=at,
    )
    remember_intent(claim=claim, intent_id=call.public_id)
    record(dispute, act=_SENT[operation], actor=actor, at=at, reason=reason)
    return call


def _carry_out(dispute: Dispute, call: GatewayCall, send: Callable[[Gateway], Answer], *, at: datetime) -> str:
    reached("dispute.answer.intended")
    gateway = gateway_for(call.account)
    answer = answer_of(lambda: send(gateway))
    reached("dispute.answer.answered")
    _record(dispute, call, answer, at=at)
    reached("dispute.answer.recorded")
    return str(answer.outcome)


def _record(dispute: Dispute, call: GatewayCall, answer: Answer, *, at: datetime) -> None:
    """The third beat, under lock: the outcome, and the dispute as the gateway showed it."""
    with transaction.atomic():
        lock_order(dispute.payment.ref)
        record_answer(call=call, answer=answer, outcome=answer.outcome, at=at, external_id=dispute.gateway_dispute_id)
        if answer.outcome == Outcome.SUCCEEDED:
            _stamp(dispute, call, at=at)
        if answer.dispute is not None:
            _observe(dispute, answer.dispute, actor=call.actor, at=at)


def _stamp(dispute: Dispute, call: GatewayCall, *, at: datetime) -> None:
    if call.operation == SUBMIT:
        DisputeEvidence.objects.update_or_create(
            dispute=dispute,
            defaults={"submitted_by": call.actor, "submitted_at": at},
            create_defaults={
                "submitted_by": call.actor, "submitted_at": at, "written_by": call.actor, "written_at": at,
            },
        )  # fmt: skip


def _observe(dispute: Dispute, view: DisputeView, *, actor: str, at: datetime) -> None:
    observe_dispute(payment=dispute.payment, view=view, told_at=None, actor=actor, at=at)


def ask_answer(call: GatewayCall, at: datetime) -> None:
    """Whether an answer reached the gateway: the dispute itself shows it."""
    dispute = Dispute.objects.select_related("payment").get(public_id=call.subject_id)
    view = gateway_for(call.account).get_dispute(dispute_id=dispute.gateway_dispute_id)
    done = view is not None and (view.is_submitted if call.operation == SUBMIT else view.state is DisputeState.LOST)
    reached("dispute.answer.asked")
    if not done and not _is_absent(call, at):
        return
    with transaction.atomic():
        lock_order(dispute.payment.ref)
        outcome = CallStatus.SUCCEEDED if done else CallStatus.NOT_EXECUTED
        record_outcome(call=call, outcome=outcome, at=at, external_id=dispute.gateway_dispute_id)
        if done:
            _stamp(dispute, call, at=at)
        if view is not None:
            _observe(dispute, view, actor=call.actor, at=at)


def _is_absent(call: GatewayCall, at: datetime) -> bool:
    if at - call.sent_at < ABSENT_AFTER:
        return False
    call.absences += 1
    GatewayCall.objects.filter(pk=call.pk).update(absences=call.absences)
    return call.absences >= ABSENCES
