"""Sends an approved payout to its rail: intent, call, outcome; where the rail wants it, the transfer before it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from config.audit.services import move
from config.calls.models import GatewayCall
from config.calls.services import open_call, record_outcome, reopen
from config.calls.states import CallStatus
from config.kernel.errors import Unavailable
from config.kernel.faultpoints import reached
from config.outbox.services import emit
from payments.charges.services.calling import MISCONFIGURED
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayFailure, GatewayMisconfigured
from payments.ledger.services import lock_balance
from payouts.payees.queries import lock_payee
from payouts.payees.rules import why_not_paid
from payouts.payout import rules
from payouts.payout.models import Payout, Pot
from payouts.payout.queries import (
    facts_for_sending,
    in_flight_minor,
    is_changed_since,
    is_recallable,
    lock_payout,
    stands_minor,
    why_taken_back,
)
from payouts.payout.services.decide import take_back
from payouts.payout.services.ending import fail_payout
from payouts.payout.services.observe import UNDECIDED, observe_payout, observe_transfer
from payouts.payout.states import PayoutStatus
from payouts.rails.contract import Advice, NewPayout, Rail, RailAnswer, RailCapability
from payouts.rails.registry import UnknownRailAccount, rail_for
from payouts.reversals.states import OPEN as REVERSING

log = logging.getLogger(__name__)
CREATE, TRANSFER = "payout.create", "payout.transfer"
# Where a process may die: after the intent, the answer and the record of each call.
_BEATS = {
    CREATE: ("payout.create.intended", "payout.create.answered", "payout.create.recorded"),
    TRANSFER: ("payout.transfer.intended", "payout.transfer.answered", "payout.transfer.recorded"),
}
SENDER = "system:payouts"


class PayoutNotSent(Unavailable):
    """The rail did not take the payout; nothing left yet. It is sent again."""

    code = "payout_not_sent"


def send_approved(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payout.approved`. Told again, it does nothing that was done.

    Raises PayoutNotSent when nothing was executed, so that the outbox tries again.
    """
    send(Payout.objects.get(public_id=payload["payout"]), at=at)


def send(payout: Payout, *, at: datetime) -> bool:
    """Sends it as far as it goes: the transfer where the rail wants one, then the payout. False where something stands
    in the way, which `waits_because` names, or where there is nothing to send. Raises PayoutNotSent."""
    try:
        rail = rail_for(payout.rail_account)
    except UnknownRailAccount:
        # It is drawn on this account alone, and goes as soon as that is set up again.
        if payout.status == PayoutStatus.APPROVED:
            _wait(payout, "our own account that it is paid from is not set up")
        return False
    if RailCapability.CALLS not in rail.capabilities:
        _look_by_file(payout, at=at)
        return False
    if RailCapability.TRANSFERS_FIRST in rail.capabilities and not _make(payout, rail, TRANSFER, at=at):
        return False
    return _make(payout, rail, CREATE, at=at)


def _look_by_file(payout: Payout, *, at: datetime) -> None:
    """A person takes it out into a file. Until then it says why it is in none, and comes back where it may not go."""
    with transaction.atomic():
        lock_payee(payout.payee_id)
        payout = lock_payout(payout.pk)
        if payout.status == PayoutStatus.APPROVED and may_leave(payout, at=at):
            _wait(payout, "")


def _make(payout: Payout, rail: Rail, operation: str, *, at: datetime) -> bool:
    """The three beats of one call. True when the next may follow."""
    payout = Payout.objects.get(pk=payout.pk)
    if operation == TRANSFER and payout.transferred_at is not None:
        return True
    call = _intend(payout, operation, at=at)
    if call is None:
        return False
    intended, answered, recorded = _BEATS[operation]
    reached(intended)
    payout = Payout.objects.select_related("destination", "payee__user").get(pk=payout.pk)
    answer = answer_of(lambda: ask_rail(rail, payout, call))
    reached(answered)
    record_rail_answer(payout=payout, call=call, answer=answer, at=at)
    reached(recorded)
    if answer.outcome == Outcome.NOT_EXECUTED:
        raise PayoutNotSent(answer.failure.code if answer.failure else "not executed")
    return answer.outcome == Outcome.SUCCEEDED


def answer_of(call: Callable[[], RailAnswer]) -> RailAnswer:
    """The rail's answer. Where it refuses our key nothing was executed: the payout is sent when that is set right."""
    try:
        return call()
    except GatewayMisconfigured as error:
        log.exception("the rail refuses our credentials")
        return RailAnswer(outcome=Outcome.NOT_EXECUTED, failure=GatewayFailure(MISCONFIGURED, str(error)))


def ask_rail(rail: Rail, payout: Payout, call: GatewayCall) -> RailAnswer:
    """The request of this call; the same values whenever it is sent, so that the rail sees the same."""
    new = NewPayout(
        our_id=payout.public_id,
        call_id=call.public_id,
        amount=payout.net,
        account_id=payout.destination.account_id,
        kind=payout.destination.kind,
        transfer_id=payout.rail_transfer_id or "" if call.operation == CREATE else "",
        failed_before=payout.failed_before,
    )
    if call.operation == TRANSFER:
        return rail.create_transfer(key=call.public_id, new=new)
    return rail.create_payout(key=call.public_id, new=new)


def _intend(payout: Payout, operation: str, *, at: datetime) -> GatewayCall | None:
    with transaction.atomic():
        lock_payee(payout.payee_id)  # who holds them back, or changes where their money goes, comes before us or after
        payout = lock_payout(payout.pk)
        if not _is_to_be_sent(payout, operation):
            return None
        if operation == CREATE and is_being_taken_back(payout):
            _wait(payout, "it is being stopped: its transfer is taken back first")
            return None
        if operation == CREATE and payout.transfer_returned_minor:
            _fail_emptied(payout, at=at)
            return None
        if not may_leave(payout, at=at):
            return None
        call = _to_repeat(payout, operation)
        if call is not None:
            reopen(call, at=at)
        else:
            call = open_call(
                subject=payout,
                operation=operation,
                service=payout.rail,
                account=payout.rail_account,
                actor=payout.approved_by or payout.requested_by,
                facts={
                    "payout": payout.public_id,
                    "amount_minor": payout.net_minor,
                    "currency": payout.currency,
                    "destination": payout.destination.public_id,
                },
                at=at,
            )
        move(payout, to=PayoutStatus.SENDING, actor=call.actor, at=at, sent_at=at, waits_because="")
    return call


def _is_to_be_sent(payout: Payout, operation: str) -> bool:
    """From `approved` alone; or, once its transfer is made and nothing was asked about the payout itself, from where
    the process before us died."""
    if payout.status == PayoutStatus.APPROVED:
        return True
    went_so_far = payout.status == PayoutStatus.SENDING and payout.transferred_at is not None and operation == CREATE
    return went_so_far and not _calls(payout, CREATE).exists()


def is_being_taken_back(payout: Payout) -> bool:
    """Whether somebody stops it, and its transfer is asked back; under its lock."""
    return payout.reversals.filter(status__in=REVERSING).exists()


def _fail_emptied(payout: Payout, *, at: datetime) -> None:
    """Somebody took its transfer back, all or part: sent all the same, it would be paid out of what their account holds
    of other earnings. What is left there comes back, and the next payout makes a new transfer."""
    if payout.status == PayoutStatus.APPROVED:
        move(payout, to=PayoutStatus.SENDING, actor=SENDER, at=at, reason="its transfer was made")
    failure = GatewayFailure("transfer_reversed", "the transfer was taken back before the payout was made")
    fail_payout(payout, failure, advice=Advice.RETRY, actor=SENDER, at=at)


def _calls(payout: Payout, operation: str) -> Any:
    return GatewayCall.objects.filter(subject_type="payout", subject_id=payout.public_id, operation=operation)


def may_leave(payout: Payout, *, at: datetime) -> bool:
    """Looks once more, under the locks of the payout and of the payee's balance: much may have happened since it was
    frozen. What the payee owes by now takes it back; what is only not so yet lets it wait."""
    balance = lock_balance(payout.owner, payout.currency)
    if is_recallable(payout) and (because := why_taken_back(payout, owed_minor=balance.receivable_minor)):
        take_back(payout, actor=SENDER, reason=because, at=at)
        return False
    verdict = why_not_paid(facts_for_sending(payout, at=at))
    if not verdict:
        _wait(payout, verdict.detail)
        return False
    if not is_recallable(payout) and is_changed_since(payout):
        # Its transfer cannot be taken back by us alone; nobody looked at the bank that it would go to now.
        _wait(payout, "their account was given another bank since: stop it, and take its transfer back")
        return False
    return payout.transferred_at is not None or _is_covered(payout, at=at)


def _is_covered(payout: Payout, *, at: datetime) -> bool:
    """Whether the float covers it, besides what was sent and has not left it yet."""
    if payout.drawn_on == Pot.BANK:
        return True  # whoever pays the file sees what the bank has
    one_at_a_time(payout)
    # What is in flight is read first: one that is paid between the two readings is counted twice, and never not at all.
    in_flight = in_flight_minor(payout)
    if rules.is_covered(stands_minor=stands_minor(payout), in_flight_minor=in_flight, net_minor=payout.net_minor):
        return True
    _wait(payout, "what payouts are drawn on does not cover it")
    emit(
        "float.low",
        fact_key=f"{payout.rail_account}:{payout.currency}:{at:%Y-%m-%d}",
        payload={"rail_account": payout.rail_account, "currency": payout.currency},
        at=at,
    )
    return False


def one_at_a_time(payout: Payout) -> None:
    """Two that looked at one float together would both find the same money. The lock is the transaction's, so that it
    never outlives it."""
    with connection.cursor() as cursor:
        name = f"float:{payout.rail_account}:{payout.currency}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _wait(payout: Payout, because: str) -> None:
    if payout.waits_because != because:
        Payout.objects.filter(pk=payout.pk).update(waits_because=because[:160])


def _to_repeat(payout: Payout, operation: str) -> GatewayCall | None:
    """The call that was not executed and is made again under its own key: a request of it that is still on its way
    somewhere pays nothing more then. RazorpayX wants the same key until a payout has ended; every rail allows it."""
    found: GatewayCall | None = _calls(payout, operation).filter(status=CallStatus.NOT_EXECUTED).order_by("-pk").first()
    return found


def record_rail_answer(*, payout: Payout, call: GatewayCall, answer: RailAnswer, at: datetime) -> None:
    """The third beat: what became of the call, and of the payout with it, under lock."""
    with transaction.atomic():
        payout = lock_payout(payout.pk)
        view = answer.transfer if call.operation == TRANSFER else answer.payout
        record_outcome(
            call=call,
            outcome=answer.outcome,
            at=at,
            answer=answer.raw,
            external_id=_id_of(answer, call),
            http_status=answer.http_status,
            request_id=answer.request_id,
            error_code=answer.failure.code if answer.failure else "",
            ask_at=at + UNDECIDED,
        )
        if view is not None and answer.outcome in (Outcome.SUCCEEDED, Outcome.PENDING):
            if call.operation == TRANSFER and answer.transfer is not None:
                observe_transfer(payout=payout, view=answer.transfer, actor=call.actor, at=at)
            elif answer.payout is not None:
                observe_payout(payout=payout, view=answer.payout, actor=call.actor, at=at, may_be_older=True)
        elif payout.status != PayoutStatus.SENDING:
            return  # a webhook was faster and knew more
        elif answer.outcome == Outcome.DECLINED:
            failure = answer.failure or GatewayFailure("declined")
            fail_payout(payout, failure, advice=answer.advice, actor=call.actor, at=at)
        elif answer.outcome == Outcome.NOT_EXECUTED:
            move(payout, to=PayoutStatus.APPROVED, actor=call.actor, at=at, reason="not executed")


def _id_of(answer: RailAnswer, call: GatewayCall) -> str:
    if call.operation == TRANSFER:
        return answer.transfer.transfer_id if answer.transfer else ""
    return answer.payout.payout_id if answer.payout else ""
