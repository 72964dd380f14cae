"""Sends an approved reversal to its rail: intent, call, outcome; and asks about one whose outcome nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from config.audit.services import move
from config.calls.models import GatewayCall
from config.calls.services import count_absence, open_call, record_outcome, reopen
from config.calls.states import CallStatus
from config.kernel.errors import Unavailable
from config.kernel.faultpoints import reached
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayUnreachable, QuestionRefused, UnreadableObject
from payments.ledger.services import lock_balance
from payouts.payout.queries import lock_payout
from payouts.payout.rules import may_resend
from payouts.payout.services.decide import cancel_emptied
from payouts.payout.services.observe import observe_transfer
from payouts.payout.services.send import answer_of
from payouts.rails.contract import Rail, RailAnswer, RailCapability
from payouts.rails.registry import rail_for
from payouts.reversals import rules
from payouts.reversals.models import Reversal, ReversalCause
from payouts.reversals.queries import debt_minor, lock_reversal, transferred
from payouts.reversals.services.decide import cancel, tell_approved
from payouts.reversals.states import ReversalStatus

OPERATION: Final = "transfer.reverse"
SENDER: Final = "system:reversals"


class ReversalNotSent(Unavailable):
    """The rail did not take the reversal; nothing came back yet. It is sent again."""

    code = "reversal_not_sent"


def send_approved(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `reversal.approved`. Told again, it does nothing that was done.

    Raises ReversalNotSent when nothing was executed, so that the outbox tries again.
    """
    sent = _intend(Reversal.objects.get(public_id=payload["reversal"]).pk, at=at)
    if sent is None:
        return
    reversal, call = sent
    reached("transfer.reverse.intended")
    rail = rail_for(call.account)
    answer = _with_transfer(rail, reversal, _ask(rail, reversal, call))
    reached("transfer.reverse.answered")
    _record(reversal.pk, call, answer, at=at)
    reached("transfer.reverse.recorded")
    if answer.outcome == Outcome.NOT_EXECUTED:
        raise ReversalNotSent(answer.failure.code if answer.failure else "not executed")


def _ask(rail: Rail, reversal: Reversal, call: GatewayCall) -> RailAnswer:
    return answer_of(
        lambda: rail.reverse_transfer(
            key=call.public_id,
            our_id=reversal.public_id,
            transfer_id=reversal.payout.rail_transfer_id or "",
            amount=reversal.amount,
        )
    )


def _with_transfer(rail: Rail, reversal: Reversal, answer: RailAnswer) -> RailAnswer:
    """What is back of the transfer in sum, which is what is booked: an event may have told of this reversal before, and
    somebody may have made another. Where that cannot be read, the outcome is asked about later."""
    if answer.outcome != Outcome.SUCCEEDED:
        return answer
    try:
        view = rail.get_transfer(transfer_id=reversal.payout.rail_transfer_id or "")
    except (GatewayUnreachable, QuestionRefused, UnreadableObject):
        view = None
    return replace(answer, transfer=view) if view is not None else replace(answer, outcome=Outcome.UNKNOWN)


def _intend(reversal_pk: int, *, at: datetime) -> tuple[Reversal, GatewayCall] | None:
    with transaction.atomic():
        reversal = _locked(reversal_pk)
        # Whoever writes the debt off comes before us or after: they see that it is being taken back, or we that it is
        # owed no more.
        lock_balance(reversal.payout.owner, reversal.currency)
        if reversal.status != ReversalStatus.APPROVED or not _is_due(reversal, at=at):
            return None
        call = _calls(reversal).filter(status=CallStatus.NOT_EXECUTED).order_by("-pk").first()
        if call is not None:
            reopen(call, at=at)
        else:
            payout = reversal.payout
            call = open_call(
                subject=reversal,
                operation=OPERATION,
                service=payout.rail,
                account=payout.rail_account,
                actor=reversal.approved_by or reversal.proposed_by,
                facts={
                    "reversal": reversal.public_id,
                    "transfer": payout.rail_transfer_id,
                    "amount_minor": reversal.amount_minor,
                    "currency": reversal.currency,
                },
                at=at,
            )
        move(reversal, to=ReversalStatus.SENDING, actor=call.actor, at=at)
    return reversal, call


def _locked(reversal_pk: int) -> Reversal:
    """The reversal as it is now, with its payout, both locked."""
    payout = lock_payout(Reversal.objects.values_list("payout_id", flat=True).get(pk=reversal_pk))
    reversal = lock_reversal(reversal_pk)
    reversal.payout = payout
    return reversal


def _is_due(reversal: Reversal, *, at: datetime) -> bool:
    """Looks once more: what they owed may be set off since, and what stood there may be back."""
    verdict = _verdict(reversal)
    if not verdict:
        cancel(reversal, actor=SENDER, reason=verdict.detail, at=at)
    return bool(verdict)


def _verdict(reversal: Reversal) -> Any:
    payout = reversal.payout
    return rules.may_send(
        cause=reversal.cause,
        amount_minor=reversal.amount_minor,
        debt_minor=debt_minor(payout.owner, payout.currency),
        transfer=transferred(payout),
    )


def _calls(reversal: Reversal) -> Any:
    return GatewayCall.objects.filter(subject_type="reversal", subject_id=reversal.public_id, operation=OPERATION)


def _record(reversal_pk: int, call: GatewayCall, answer: RailAnswer, *, at: datetime) -> None:
    """The third beat: what became of the call, of the reversal, and of the books, in one commit."""
    with transaction.atomic():
        reversal = _locked(reversal_pk)
        failure, made = answer.failure, answer.reversal
        record_outcome(
            call=call,
            outcome=answer.outcome,
            at=at,
            answer=answer.raw,
            external_id=made.reversal_id if made else "",
            http_status=answer.http_status,
            request_id=answer.request_id,
            error_code=failure.code if failure else "",
        )
        if reversal.status != ReversalStatus.SENDING:
            return
        if answer.outcome == Outcome.SUCCEEDED and answer.transfer is not None:
            made_id = made.reversal_id if made else ""
            move(
                reversal,
                to=ReversalStatus.SUCCEEDED,
                actor=call.actor,
                at=at,
                ended_at=at,
                rail_reversal_id=made_id,
            )
            observe_transfer(payout=reversal.payout, view=answer.transfer, actor=call.actor, at=at)
            if reversal.cause == ReversalCause.STOPPED:
                payout = lock_payout(reversal.payout_id)
                cancel_emptied(payout, actor=call.actor, reason="it was stopped, and its transfer is back", at=at)
        elif answer.outcome == Outcome.DECLINED:
            code = failure.code[:80] if failure else "declined"
            move(
                reversal,
                to=ReversalStatus.DECLINED,
                actor=call.actor,
                at=at,
                reason=code,
                failure_code=code,
                ended_at=at,
            )
        elif answer.outcome == Outcome.NOT_EXECUTED:
            move(reversal, to=ReversalStatus.APPROVED, actor=call.actor, at=at, reason="not executed")


def ask_reversal(call: GatewayCall, at: datetime) -> None:
    """Whether it was made: looked for among the transfer's reversals, and at first, while the rail replays the key and
    it is still due, sent again to the letter, which counts as asking. Only looking proves that it was never made."""
    reversal = Reversal.objects.select_related("payout").get(public_id=call.subject_id)
    rail = rail_for(call.account)
    found = rail.find_reversal(call_id=call.public_id, transfer_id=reversal.payout.rail_transfer_id or "")
    reached("transfer.reverse.looked")
    if found is not None:
        answer = _with_transfer(rail, reversal, RailAnswer(outcome=Outcome.SUCCEEDED, reversal=found))
        if answer.outcome == Outcome.SUCCEEDED:
            _record(reversal.pk, call, answer, at=at)
        return
    if _intend_again(reversal.pk, call, rail, at=at):
        reached("transfer.reverse.resending")
        answer = _with_transfer(rail, reversal, _ask(rail, reversal, call))
        reached("transfer.reverse.asked")
        if answer.outcome not in (Outcome.UNKNOWN, Outcome.NOT_EXECUTED):
            _record(reversal.pk, call, answer, at=at)
        return
    absence = rail.absent_transfer
    if not count_absence(call=call, after=absence.after, times=absence.times, apart=absence.apart, at=at):
        return
    with transaction.atomic():
        _record(reversal.pk, call, RailAnswer(outcome=Outcome.NOT_EXECUTED), at=at)
        tell_approved(reversal, at=at, again=f"{call.public_id}:{call.resends}")
    reached("transfer.reverse.settled")


def _intend_again(reversal_pk: int, call: GatewayCall, rail: Rail, *, at: datetime) -> bool:
    """Counts one more sending, while it is still due: a request that never arrived takes the money now."""
    if not may_resend(
        replays=RailCapability.REPLAYS_IDEMPOTENCY_KEYS in rail.capabilities,
        resends=call.resends,
        absences=call.absences,
        age=at - call.created_at,
    ):
        return False
    with transaction.atomic():
        reversal = _locked(reversal_pk)
        if reversal.status != ReversalStatus.SENDING or not _verdict(reversal):
            return False
        GatewayCall.objects.filter(pk=call.pk).update(resends=call.resends + 1, sent_at=at)
    return True
