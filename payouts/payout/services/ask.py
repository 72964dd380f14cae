"""Asks a rail about calls whose outcome nobody knows, or that it has not decided for long."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import count_absence, record_outcome
from config.calls.states import CallStatus
from config.kernel.faultpoints import reached
from payments.gateways.contract import Outcome
from payments.ledger.services import lock_balance
from payouts.payees.rules import why_not_paid
from payouts.payees.states import DestinationStatus
from payouts.payout.models import Payout
from payouts.payout.queries import facts_for_sending, known, lock_payout
from payouts.payout.rules import is_that, is_that_transfer, may_resend
from payouts.payout.services.freeze import tell_approved
from payouts.payout.services.observe import NOT_OURS, NOTHING_NEW, observe_payout
from payouts.payout.services.send import CREATE, TRANSFER, ask_rail, record_rail_answer
from payouts.payout.states import PayoutStatus
from payouts.rails.contract import Rail, RailAnswer, RailCapability, RailState
from payouts.rails.registry import rail_for
from payouts.rails.untold import note_untold

_BEATS = {
    CREATE: ("payout.create.resending", "payout.create.asked"),
    TRANSFER: ("payout.transfer.resending", "payout.transfer.asked"),
}


def _payout_of(call: GatewayCall) -> Payout:
    return Payout.objects.select_related("destination", "payee__user").get(public_id=call.subject_id)


def ask_payout(call: GatewayCall, at: datetime) -> None:
    """Whether the payout was made: looked for at the rail, and at first, while the rail replays the key and it may
    still be paid, sent again to the letter, which counts as asking. Only looking proves that it was never made, as
    often and as long after the last sending as the rail's `absent_payout` says; then it is sent again."""
    payout, rail = _payout_of(call), rail_for(call.account)
    if call.status == CallStatus.PENDING:
        _ask_what_became(payout, call, rail, at=at)
        return
    view = rail.find_payout(
        our_id=payout.public_id,
        call_id=call.public_id,
        account_id=payout.destination.account_id,
        since=call.created_at,
    )
    reached("payout.create.looked")
    if view is not None and is_that(known(payout), view):
        made = view.state in (RailState.QUEUED, RailState.PROCESSING)
        outcome = Outcome.PENDING if made else Outcome.SUCCEEDED
        record_rail_answer(payout=payout, call=call, answer=RailAnswer(outcome=outcome, payout=view), at=at)
        return
    _resend_or_give_up(payout, call, rail, at=at)


def ask_transfer(call: GatewayCall, at: datetime) -> None:
    """The same of the transfer before it; once it is known to be made, the payout itself is sent."""
    payout, rail = _payout_of(call), rail_for(call.account)
    view = rail.find_transfer(our_id=payout.public_id, call_id=call.public_id, since=call.created_at)
    reached("payout.transfer.looked")
    if view is not None and is_that_transfer(known(payout), view):
        with transaction.atomic():
            answer = RailAnswer(outcome=Outcome.SUCCEEDED, transfer=view)
            record_rail_answer(payout=payout, call=call, answer=answer, at=at)
            tell_approved(payout, at=at, again=f"{call.public_id}:{call.resends}")
        return
    _resend_or_give_up(payout, call, rail, at=at)


def _ask_what_became(payout: Payout, call: GatewayCall, rail: Rail, *, at: datetime) -> None:
    """The rail has it and had not decided; its event may have been lost."""
    view = rail.get_payout(payout_id=call.external_id, account_id=payout.destination.account_id)
    reached("payout.create.looked")
    if view is None:
        return
    done = observe_payout(payout=payout, view=view, actor="system:asking", at=at, may_be_older=True)
    if done not in (NOTHING_NEW, NOT_OURS):
        note_untold(rail_account=payout.rail_account, at=at)


def _resend_or_give_up(payout: Payout, call: GatewayCall, rail: Rail, *, at: datetime) -> None:
    absence = rail.absent_transfer if call.operation == TRANSFER else rail.absent_payout
    if _may_resend(call, rail, at=at) and _intend_again(payout, call, at=at):
        resending, asked = _BEATS[call.operation]
        reached(resending)
        answer = ask_rail(rail, payout, call)
        reached(asked)
        if answer.outcome not in (Outcome.UNKNOWN, Outcome.NOT_EXECUTED):
            with transaction.atomic():
                record_rail_answer(payout=payout, call=call, answer=answer, at=at)
                if call.operation == TRANSFER and answer.outcome == Outcome.SUCCEEDED:
                    tell_approved(payout, at=at, again=f"{call.public_id}:{call.resends}")
        return
    if not count_absence(call=call, after=absence.after, times=absence.times, apart=absence.apart, at=at):
        return
    with transaction.atomic():
        record_rail_answer(payout=payout, call=call, answer=RailAnswer(outcome=Outcome.NOT_EXECUTED), at=at)
        tell_approved(payout, at=at, again=f"{call.public_id}:{call.resends}")
    reached("payout.settled")


def _may_resend(call: GatewayCall, rail: Rail, *, at: datetime) -> bool:
    return may_resend(
        replays=RailCapability.REPLAYS_IDEMPOTENCY_KEYS in rail.capabilities,
        resends=call.resends,
        absences=call.absences,
        age=at - call.created_at,
    )


def _intend_again(payout: Payout, call: GatewayCall, *, at: datetime) -> bool:
    """Counts one more sending, while the payee may still be paid: a request that never arrived pays now, and they may
    owe us since. Then absence alone decides, and after it nothing is sent."""
    with transaction.atomic():
        payout = lock_payout(payout.pk)
        if payout.status != PayoutStatus.SENDING or not _may_still_be_paid(payout, at=at):
            return False
        GatewayCall.objects.filter(pk=call.pk).update(resends=call.resends + 1, sent_at=at)
    return True


def _may_still_be_paid(payout: Payout, *, at: datetime) -> bool:
    """Neither do they owe us, nor were they held, nor did where it goes change, since the request was sent."""
    balance = lock_balance(payout.owner, payout.currency)
    if balance.receivable_minor or payout.recalled_at is not None:
        return False
    is_theirs = payout.destination.status == DestinationStatus.ACTIVE
    return is_theirs and bool(why_not_paid(facts_for_sending(payout, at=at)))


def ask_cancel(call: GatewayCall, at: datetime) -> None:
    """What became of the payout that was to be stopped: that says whether it was."""
    payout, rail = _payout_of(call), rail_for(call.account)
    view = rail.get_payout(payout_id=payout.rail_payout_id or "", account_id=payout.destination.account_id)
    reached("payout.cancel.looked")
    if view is None:
        return
    with transaction.atomic():
        lock_payout(payout.pk)
        done = view.state == RailState.CANCELLED
        record_outcome(call=call, outcome=CallStatus.SUCCEEDED if done else CallStatus.DECLINED, at=at)
        observe_payout(payout=payout, view=view, actor="system:asking", at=at)
