"""Records what a rail says of a payout and of the transfer before it, whoever told us, and books what moved."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config.audit.services import move, record
from config.calls.services import record_outcome
from config.calls.states import OPEN, CallStatus
from config.inbox.storing import wake
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerLine
from payments.ledger.payout_recipes import (
    payout_fee,
    payout_fee_returned,
    payout_transferred,
    transfer_repaid,
    transfer_reversed,
)
from payments.ledger.services import is_posted, post
from payouts.payout import rules
from payouts.payout.models import Payout, Pot
from payouts.payout.queries import asked_for_payout, is_kept, known, lock_payout, pot_of
from payouts.payout.services.ending import cancel_sent, come_back, fail_payout, pay, pay_late
from payouts.payout.states import ENDED_UNPAID, FROZEN, PAYOUT_STATES, PayoutStatus
from payouts.rails.contract import PayoutView, RailState, RailTransferView

log = logging.getLogger(__name__)
NOTHING_NEW = "known already"
NOT_OURS = "not this payout: its marks, amount or account are others"
# When the rail is first asked what became of a payout that it has not decided: its event may be lost.
UNDECIDED = timedelta(hours=1)
WAITING = (RailState.QUEUED, RailState.PROCESSING)
_OUTCOME = {
    RailState.QUEUED: CallStatus.PENDING,
    RailState.PROCESSING: CallStatus.PENDING,
    RailState.PAID: CallStatus.SUCCEEDED,
    RailState.RETURNED: CallStatus.SUCCEEDED,
    RailState.FAILED: CallStatus.DECLINED,
    RailState.CANCELLED: CallStatus.DECLINED,
}


def observe_payout(*, payout: Payout, view: PayoutView, actor: str, at: datetime, may_be_older: bool = False) -> str:
    """Brings our payout up to what the rail says of it, in one commit. Returns what was done.

    What is older than what we know changes nothing. What is not this payout, whatever mark it carries, is left alone,
    and so is what nobody here asked for. That it was paid after it had ended is booked, unless the word `may_be_older`
    than what ended it: whoever asks has looked before we locked.
    """
    with transaction.atomic():
        payout = lock_payout(payout.pk)
        if not rules.is_that(known(payout), view) or not was_asked_for(payout):
            log.error("a payout at the rail carries our mark and is another one", extra={"payout": payout.public_id})
            return NOT_OURS
        if may_be_older and view.state == RailState.PAID and payout.status in ENDED_UNPAID:
            return NOTHING_NEW
        _store(payout, view, at=at)
        _settle_call(payout, view, at=at)
        if payout.status == PayoutStatus.APPROVED:
            move(payout, to=PayoutStatus.SENDING, actor=actor, at=at, reason="the rail has it")
        done = _follow(payout, view, actor=actor, at=at)
        _book_fee(payout, view, actor=actor, at=at)
        _book_fee_back(payout, view, actor=actor, at=at)
    return done


def was_asked_for(payout: Payout) -> bool:
    """Whether a rail was ever asked for it. Our mark on another one of the same amount to the same account is of
    somebody else with the rail's key, while this one waits for a second person: that money left unexplained."""
    if payout.rail_payout_id is not None:
        return True
    return asked_for_payout(payout).exists()


def _follow(payout: Payout, view: PayoutView, *, actor: str, at: datetime) -> str:
    target = rules.target_of(view.state, payout.status)
    if target == payout.status or not PAYOUT_STATES.allows(payout.status, target):
        return NOTHING_NEW
    if target == PayoutStatus.RETURNED and is_kept(payout):
        return NOTHING_NEW  # that it failed is known: they have the money by another way
    failure = view.failure or GatewayFailure(str(view.state))
    if target == PayoutStatus.PAID:
        pay(payout, reference=view.payout_id, actor=actor, at=at)
    elif target == PayoutStatus.PAID_LATE:
        pay_late(payout, reference=view.payout_id, actor=actor, at=at)
    elif target == PayoutStatus.RETURNED:
        come_back(payout, failure, advice=view.advice, reference=view.payout_id, actor=actor, at=at)
    elif target == PayoutStatus.FAILED:
        fail_payout(payout, failure, advice=view.advice, actor=actor, at=at)
    elif target == PayoutStatus.CANCELLED:
        cancel_sent(payout, actor=actor, at=at)
    else:
        move(payout, to=target, actor=actor, at=at)
    return str(target)


def _store(payout: Payout, view: PayoutView, *, at: datetime) -> None:
    changes: dict[str, Any] = {}
    if not payout.rail_payout_id:
        changes["rail_payout_id"] = view.payout_id
    if view.reference and view.reference != payout.reference:
        changes["reference"] = view.reference[:255]
    if view.state in WAITING and payout.status in FROZEN and view.waits_for != payout.waits_because:
        changes["waits_because"] = view.waits_for[:160]
    if changes:
        Payout.objects.filter(pk=payout.pk).update(**changes)
        for name, value in changes.items():
            setattr(payout, name, value)
        wake([payout.public_id, view.payout_id], at=at)


def _settle_call(payout: Payout, view: PayoutView, *, at: datetime) -> None:
    """It is at the rail, so the call that made it was executed, even if its answer was lost."""
    call = asked_for_payout(payout).filter(status__in=OPEN).first()
    if call is not None:
        record_outcome(
            call=call, outcome=_OUTCOME[view.state], at=at, external_id=view.payout_id, ask_at=at + UNDECIDED
        )


def _book_fee(payout: Payout, view: PayoutView, *, actor: str, at: datetime) -> None:
    """Once, when it was paid: a rail takes nothing for what it did not do. What a gateway takes of our balance there
    comes with that balance's own transactions."""
    if not view.fee or payout.drawn_on != Pot.FLOAT or payout.paid_at is None:
        return
    if is_posted(f"payout:{payout.public_id}:fee"):
        return
    tax = view.tax or Money(0, view.fee.currency)
    draft = payout_fee(
        payout_id=payout.public_id, pot=pot_of(payout), fee=view.fee, tax=tax, external_ref=view.payout_id
    )
    post(draft, actor=actor, at=at)


def _book_fee_back(payout: Payout, view: PayoutView, *, actor: str, at: datetime) -> None:
    """Once, where the rail says that what came back cost nothing: it gave its fee back too."""
    costs_nothing = view.fee is not None and not view.fee
    if payout.status != PayoutStatus.RETURNED or not costs_nothing:
        return
    if not is_posted(f"payout:{payout.public_id}:fee") or is_posted(f"payout:{payout.public_id}:fee_returned"):
        return
    lines = LedgerLine.objects.filter(entry__key=f"payout:{payout.public_id}:fee")
    booked = {line.account: line.amount_minor for line in lines}
    tax = booked.get(Account.INPUT_TAX, 0)
    draft = payout_fee_returned(
        payout_id=payout.public_id,
        pot=pot_of(payout),
        fee=Money(booked.get(Account.PAYOUT_FEES, 0) + tax, payout.currency),
        tax=Money(tax, payout.currency),
        external_ref=view.payout_id,
    )
    post(draft, actor=actor, at=at)


def observe_transfer(*, payout: Payout, view: RailTransferView, actor: str, at: datetime) -> str:
    """The same of the transfer that brings the money to the payee's account there, and of what came back of it."""
    with transaction.atomic():
        payout = lock_payout(payout.pk)
        if not rules.is_that_transfer(known(payout), view):
            log.error("a transfer at the rail carries our mark and is another one", extra={"payout": payout.public_id})
            return NOT_OURS
        done = []
        if payout.transferred_at is None:
            _transferred(payout, view, actor=actor, at=at)
            done.append("transferred")
        if view.returned.amount_minor > payout.transfer_returned_minor:
            _reversed(payout, view, actor=actor, at=at)
            done.append(f"{view.returned} of it is back")
    return ", ".join(done) or NOTHING_NEW


def _transferred(payout: Payout, view: RailTransferView, *, actor: str, at: datetime) -> None:
    changes: dict[str, Any] = {"rail_transfer_id": view.transfer_id, "transferred_at": at}
    if payout.status == PayoutStatus.APPROVED:
        move(payout, to=PayoutStatus.SENDING, actor=actor, at=at, reason="the rail has its transfer", **changes)
    else:
        Payout.objects.filter(pk=payout.pk).update(**changes)
    for name, value in changes.items():
        setattr(payout, name, value)
    post(
        payout_transferred(
            payout_id=payout.public_id,
            owner=payout.owner,
            gateway_account=payout.rail_account,
            net=payout.net,
            transfer_id=view.transfer_id,
        ),
        actor=actor,
        at=at,
    )
    wake([payout.public_id, view.transfer_id], at=at)


def _reversed(payout: Payout, view: RailTransferView, *, actor: str, at: datetime) -> None:
    """As long as the payout stands in the payee's account it comes out of there. Where their bank has it they gave it
    back out of other earnings: it is theirs again, and pays what they owe."""
    total = view.returned.amount_minor
    from_account, repaid = rules.split_returned(
        returned_minor=total - payout.transfer_returned_minor, in_account_minor=payout.in_account_minor
    )
    for amount_minor, recipe in ((from_account, transfer_reversed), (repaid, transfer_repaid)):
        if amount_minor:
            draft = recipe(
                payout_id=payout.public_id,
                owner=payout.owner,
                gateway_account=payout.rail_account,
                amount=Money(amount_minor, payout.currency),
                total_minor=total,
                transfer_id=view.transfer_id,
            )
            post(draft, actor=actor, at=at)
    payout.transfer_returned_minor, payout.transfer_repaid_minor = total, payout.transfer_repaid_minor + repaid
    payout.save(update_fields=["transfer_returned_minor", "transfer_repaid_minor"])
    facts = {"amount_minor": from_account + repaid, "repaid_minor": repaid, "transfer": view.transfer_id}
    record(payout, act="transfer reversed", actor=actor, at=at, to_state=payout.status, facts=facts)
