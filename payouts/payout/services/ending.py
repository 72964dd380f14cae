"""How a payout that was sent ends, each with what it books; in the transaction of who holds its lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.audit.services import move
from config.kernel.money import Money
from config.outbox.services import emit
from payments.gateways.failures import GatewayFailure
from payments.ledger.models import LedgerEntry
from payments.ledger.payout_recipes import (
    Recovered,
    payout_paid,
    payout_paid_late,
    payout_returned,
    transfer_replaced,
)
from payments.ledger.rules import Balance, waterfall
from payments.ledger.services import lock_balance, post
from payouts.payees.models import PayeeKind
from payouts.payout.models import Payout, Pot
from payouts.payout.queries import pot_of
from payouts.payout.services.freeze import unfreeze
from payouts.payout.states import PayoutStatus
from payouts.rails.contract import Advice


def pay(payout: Payout, *, reference: str, actor: str, at: datetime) -> None:
    """The payee's bank has it. `reference` is the rail's or the bank's id of it."""
    move(payout, to=PayoutStatus.PAID, actor=actor, at=at, paid_at=at, ended_at=at, waits_because="")
    draft = payout_paid(
        payout_id=payout.public_id, owner=payout.owner, pot=pot_of(payout), net=payout.net, external_ref=reference
    )
    post(draft, actor=actor, at=at)
    _replace_transfer(payout, actor=actor, at=at)
    emit("payout.paid", **_once(payout, at))


def _replace_transfer(payout: Payout, *, actor: str, at: datetime) -> None:
    """What was taken back of its transfer before the bank had it was given by the payee out of other earnings."""
    amount_minor = payout.transfer_returned_minor - payout.transfer_repaid_minor
    if payout.drawn_on != Pot.CONNECTED or amount_minor <= 0:
        return
    payout.transfer_repaid_minor = payout.transfer_returned_minor
    payout.save(update_fields=["transfer_repaid_minor"])
    draft = transfer_replaced(
        payout_id=payout.public_id,
        owner=payout.owner,
        amount=Money(amount_minor, payout.currency),
        transfer_id=payout.rail_transfer_id or "",
        number=_number(payout, "transfer_replaced"),
    )
    post(draft, actor=actor, at=at)


def fail_payout(payout: Payout, failure: GatewayFailure, *, advice: Advice | None, actor: str, at: datetime) -> None:
    """It was not paid: what was frozen is payable again, and the payee hears why."""
    move(
        payout,
        to=PayoutStatus.FAILED,
        actor=actor,
        at=at,
        reason=failure.code,
        ended_at=at,
        waits_because="",
        **why(failure, advice),
    )
    unfreeze(payout, actor=actor, at=at)
    emit("payout.failed", **_once(payout, at))


def why(failure: GatewayFailure, advice: Advice | None) -> dict[str, Any]:
    """What is kept of a failure."""
    return {
        "failure_code": failure.code[:80],
        "failure_detail": failure.detail[:300],
        "advice": str(advice or ""),
    }


def cancel_sent(payout: Payout, *, actor: str, at: datetime) -> None:
    """The rail had it waiting, and confirms that it will not be paid."""
    move(payout, to=PayoutStatus.CANCELLED, actor=actor, at=at, reason="the rail cancelled it", ended_at=at)
    unfreeze(payout, actor=actor, at=at)
    emit("payout.stopped", **_once(payout, at))


def come_back(
    payout: Payout, failure: GatewayFailure, *, advice: Advice | None, reference: str, actor: str, at: datetime
) -> None:
    """It was paid, and the bank sent it back: it stands where it was drawn on, and is payable again."""
    move(
        payout,
        to=PayoutStatus.RETURNED,
        actor=actor,
        at=at,
        reason=failure.code,
        ended_at=at,
        **why(failure, advice),
    )
    number = _number(payout, "payout_returned")
    back = payout.net - _kept(payout)
    if back:
        draft = payout_returned(
            payout_id=payout.public_id,
            owner=payout.owner,
            pot=pot_of(payout),
            net=back,
            external_ref=reference,
            number=number,
        )
        post(draft, actor=actor, at=at)
    emit("payout.returned", **_once(payout, at, number=number))


def _kept(payout: Payout) -> Money:
    """What they had given back of the transfer out of other earnings was made good to them then. As much of what came
    back stands in their account in the place of those, and cannot be taken back a second time."""
    kept = Money(payout.transfer_repaid_minor, payout.currency)
    if kept:
        payout.transfer_repaid_minor = 0
        payout.save(update_fields=["transfer_repaid_minor"])
    return kept


def pay_late(payout: Payout, *, reference: str, actor: str, at: datetime, reason: str = "") -> None:
    """It was paid after all, and what we gave back to the balance is taken again: from what is payable, then from the
    reserve; the rest they owe us. A person looks at it, because another payout may have gone meanwhile. What stands in
    a scout's reserve is of bounties that are not theirs yet: it covers nothing here."""
    move(payout, to=PayoutStatus.PAID_LATE, actor=actor, at=at, reason=reason, paid_at=at, ended_at=at)
    number = _number(payout, "payout_paid_late")
    row = lock_balance(payout.owner, payout.currency)
    reserve_minor = 0 if payout.payee.kind == PayeeKind.SCOUT else row.reserve_minor
    balance = Balance(row.payable_minor, reserve_minor, row.receivable_minor)
    parts = (Money(part, payout.currency) for part in waterfall(balance, payout.net_minor))
    draft = payout_paid_late(
        payout_id=payout.public_id,
        owner=payout.owner,
        pot=pot_of(payout),
        taken=Recovered(*parts),
        external_ref=reference,
        number=number,
    )
    post(draft, actor=actor, at=at)
    _replace_transfer(payout, actor=actor, at=at)
    emit("payout.paid", **_once(payout, at, late=number))


def _number(payout: Payout, event: str) -> int:
    """Which time it is that this happens to the payout; under its lock."""
    return LedgerEntry.objects.filter(subject_id=payout.public_id, event=event).count() + 1


def _once(payout: Payout, at: datetime, *, number: int = 1, late: int = 0) -> dict[str, Any]:
    """Each end is told once, however often the rail changes its mind."""
    fact_key = f"{payout.public_id}:late:{late}" if late else payout.public_id
    if number > 1:
        fact_key = f"{fact_key}:{number}"
    return {"fact_key": fact_key, "payload": {"payout": payout.public_id}, "at": at}
