"""Proposes to take transfers back: for a debt of the payee, and for money that stands stranded in their account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict
from config.outbox.services import emit
from payouts.payout.models import Payout
from payouts.payout.queries import is_half_way, lock_payout
from payouts.payout.states import ENDED_UNPAID, PayoutStatus
from payouts.rails.contract import RailCapability
from payouts.rails.registry import UnknownRailAccount, rail_for
from payouts.reversals import rules
from payouts.reversals.models import Reversal, ReversalCause
from payouts.reversals.queries import debt_minor, lock_reversal, open_reversals, reversible, transferred
from payouts.reversals.services.decide import approve, cancel
from payouts.reversals.states import ReversalStatus

SYSTEM: Final = "system:reversals"


class NothingToReverse(Conflict):
    """Nothing of this payout stands in the payee's account, or it is being taken back already."""

    code = "nothing_to_reverse"


def propose_for_debt(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payee.short`: of a payee who was paid over a rail that gives transfers back, so much is proposed as
    they owe. Told again it proposes only what no open proposal covers."""
    owner, currency = str(payload["owner"]), str(payload["currency"])
    with transaction.atomic():
        payouts = [payout for payout in reversible(owner, currency) if gives_back(payout)]
        opened = {payout.pk: sum(each.amount_minor for each in open_reversals(payout)) for payout in payouts}
        debt = debt_minor(owner, currency) - sum(opened.values())
        lefts = [(payout.pk, rules.left_minor(transferred(payout))) for payout in payouts if not opened[payout.pk]]
        for key, amount_minor in rules.share_out(debt, lefts):
            payout = lock_payout(key)
            if payout.status != PayoutStatus.PAID or open_reversals(payout).exists():
                continue
            amount_minor = min(amount_minor, rules.left_minor(transferred(payout)))
            if amount_minor > 0:
                is_alone = settings.POLICY.payout_reverse_transfers
                _propose(payout, ReversalCause.DEBT, amount_minor, actor=SYSTEM, is_alone=is_alone, at=at)


def bring_back_stranded(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payout.failed`, `payout.returned` and `payout.stopped`: what stands in the payee's account is
    payable again, so that they would have it twice if their account paid it out. It is taken back at once; the next
    payout moves it anew."""
    payout = Payout.objects.get(public_id=payload["payout"])
    if payout.in_account_minor > 0 and gives_back(payout):
        take_stranded(payout_pk=payout.pk, actor=SYSTEM, at=at, must=False)


def take_stranded(*, payout_pk: int, actor: str, at: datetime, reason: str = "", must: bool = True) -> Reversal | None:
    """Takes back what stands in the payee's account of a payout that is over. One person's act: it is our balance that
    it comes to, and the payee is owed it either way. Raises NothingToReverse where it `must` be possible."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        over = payout.status in ENDED_UNPAID
        if over:
            _drop_debts(payout, at=at)
        if not over or payout.in_account_minor <= 0 or open_reversals(payout).exists():
            if must:
                raise NothingToReverse
            return None
        amount_minor = payout.in_account_minor
        return _propose(payout, ReversalCause.STRANDED, amount_minor, actor=actor, is_alone=True, at=at, reason=reason)


def stop_half_way(*, payout_pk: int, actor: str, reason: str, at: datetime) -> Reversal:
    """Stops a payout whose transfer is made and which was not asked for itself: it is not sent while its transfer is
    asked back, and only when that is back is it cancelled, and payable again. One person's act, as a cancellation is:
    it is our balance that the money comes to. Raises NothingToReverse."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        if not may_stop_half_way(payout):
            raise NothingToReverse(f"the payout is {payout.status}")
        record(payout, act="to be stopped", actor=actor, at=at, reason=reason)
        amount_minor, cause = payout.in_account_minor, ReversalCause.STOPPED
        return _propose(payout, cause, amount_minor, actor=actor, is_alone=True, at=at, reason=reason)


def may_stop_half_way(payout: Payout) -> bool:
    """Whether its transfer can be asked back before it is made; under its lock."""
    is_free = is_half_way(payout) and payout.in_account_minor > 0 and not open_reversals(payout).exists()
    return is_free and gives_back(payout)


def _drop_debts(payout: Payout, *, at: datetime) -> None:
    """Their bank has it no more: all of it comes back out of their account, and no part of it for a debt beside that,
    which is set off against what is payable again."""
    for key in list(open_reversals(payout).filter(cause=ReversalCause.DEBT).values_list("pk", flat=True)):
        reversal = lock_reversal(key)
        if reversal.status != ReversalStatus.SENDING:
            cancel(reversal, actor=SYSTEM, reason="the bank does not have the payout any more", at=at)


def gives_back(payout: Payout) -> bool:
    """Whether its rail reverses transfers."""
    try:
        return RailCapability.REVERSES_TRANSFERS in rail_for(payout.rail_account).capabilities
    except UnknownRailAccount:
        return False


def _propose(
    payout: Payout,
    cause: ReversalCause,
    amount_minor: int,
    *,
    actor: str,
    is_alone: bool,
    at: datetime,
    reason: str = "",
) -> Reversal:
    """Under the payout's lock."""
    reversal = Reversal.objects.create(
        payout=payout,
        cause=cause,
        amount_minor=amount_minor,
        currency=payout.currency,
        proposed_by=actor,
        proposed_at=at,
    )
    facts = {"payout": payout.public_id, "amount_minor": amount_minor, "cause": str(cause)}
    record(reversal, act="proposed", actor=actor, at=at, to_state=reversal.status, reason=reason, facts=facts)
    if is_alone:
        approve(reversal, actor=actor, reason="no second person is needed", at=at)
    else:
        emit("reversal.proposed", fact_key=reversal.public_id, payload={"reversal": reversal.public_id}, at=at)
    return reversal
