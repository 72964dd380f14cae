"""How a failed refund ends without the gateway, by two people: paid from our bank, or void."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F

from config.audit.services import move, record
from config.idempotency.services import Claim, remember_intent
from config.kernel.errors import Conflict, NotFound
from config.kernel.faultpoints import reached
from config.kernel.money import Money
from config.proposals.services import check_bank, confirm_proposal, decline_proposal, lock_waiting
from orders.order.services import record_refunded, refresh_status, tell_money_moved
from payments.charges.models import Payment
from payments.disputes.services.counting import count_disputes
from payments.disputes.services.covering import cover_losses, covered_minor
from payments.disputes.services.standing import keep_still
from payments.escrow.models import EscrowHold
from payments.escrow.services.pots import put_back
from payments.ledger import refund_recipes
from payments.ledger.services import post
from payments.refunds import rules
from payments.refunds.models import GOODWILL, Refund, RefundProposal, RefundShare
from payments.refunds.services.again import check_nothing_waits, lock_failed
from payments.refunds.services.allocate import lock_pots
from payments.refunds.services.record import of_the_order
from payments.refunds.states import RefundStatus

Kind = RefundProposal.Kind
LOSS = "loss"


class CannotVoid(Conflict):
    """The buyer is owed this money whatever anybody decides."""

    code = "cannot_void"


class ProposalChanged(Conflict):
    """Something else is proposed by now than what was looked at."""

    code = "proposal_changed"


def propose(
    *,
    refund_pk: int,
    kind: Kind,
    actor: str,
    reason: str,
    at: datetime,
    bank_account: str = "",
    reference: str = "",
    bank_accounts: Collection[str] = (),
    claim: Claim | None = None,
) -> RefundProposal:
    """One person proposes how a failed refund should end. Nothing is booked before another one confirms it.

    Raises RefundNotFailed, ProposalOpen, CannotVoid, UnknownBankAccount.
    """
    with transaction.atomic():
        refund = lock_failed(refund_pk)
        check_nothing_waits(refund)
        if kind == Kind.VOIDED:
            _check_voidable(refund)
        else:
            check_bank(bank_account, reference, bank_accounts=bank_accounts)
        proposal = RefundProposal.objects.create(
            refund=refund,
            kind=kind,
            bank_account=bank_account,
            reference=reference.strip(),
            reason=reason,
            proposed_by=actor,
            proposed_at=at,
        )
        record(
            refund, act=f"proposed: {kind}", actor=actor, at=at, reason=reason, facts={"proposal": proposal.public_id}
        )
        remember_intent(claim=claim, intent_id=proposal.public_id)
    return proposal


def confirm(*, refund_pk: int, actor: str, reason: str, at: datetime, proposal_id: str = "") -> bool:
    """A second person confirms what was proposed for this refund: it is booked and ends. `proposal_id` is the one that
    they looked at, where nothing else keeps what they saw.

    Raises NotFound without a proposal, ProposalChanged, FourEyes for who proposed it, RefundNotFailed, CannotVoid.
    """
    with transaction.atomic():
        refund = lock_failed(refund_pk)
        proposal = _open_proposal(refund, proposal_id)
        done = confirm_proposal(proposal, actor=actor, reason=reason, at=at)
        if proposal.kind == Kind.VOIDED:
            _void(refund, actor=actor, reason=reason, at=at)
        else:
            _pay_otherwise(refund, proposal, actor=actor, reason=reason, at=at)
    reached("refund.ended")
    return done


def decline(*, refund_pk: int, actor: str, reason: str, at: datetime, proposal_id: str = "") -> bool:
    """What was proposed is not done; who proposed it may take it back this way. `proposal_id` as at `confirm`. Raises
    NotFound without a proposal, ProposalChanged."""
    with transaction.atomic():
        proposal = _open_proposal(Refund.objects.select_for_update().get(pk=refund_pk), proposal_id)
        return decline_proposal(proposal, actor=actor, reason=reason, at=at)


def _open_proposal(refund: Refund, proposal_id: str) -> RefundProposal:
    proposal = lock_waiting(refund.proposals.all(), otherwise=NotFound("nothing is proposed for this refund"))
    if proposal_id not in ("", proposal.public_id):
        raise ProposalChanged
    return proposal


def _check_voidable(refund: Refund) -> None:
    shares = list(refund.shares.select_related("hold__fulfilment"))
    if covered_minor(refund.payment) >= refund.amount_minor:
        return  # the bank gave it to the buyer, so that nothing of it comes back to anybody
    fulfilments = {share.hold.fulfilment.status for share in shares if share.hold}
    verdict = rules.may_void(pots={share.pot for share in shares}, fulfilments=fulfilments)
    if not verdict:
        raise CannotVoid(verdict.detail)


def _pay_otherwise(refund: Refund, proposal: RefundProposal, *, actor: str, reason: str, at: datetime) -> None:
    """The buyer has the money from our bank: it is not owed any more, and the gateway keeps what it has."""
    move(refund, to=RefundStatus.PAID_OTHERWISE, actor=actor, at=at, reason=reason, reference=proposal.reference)
    _owe_no_more(refund)
    draft = refund_recipes.refund_paid_otherwise(
        refund_id=refund.public_id,
        bank_account=proposal.bank_account,
        amount=refund.amount,
        reference=proposal.reference,
    )
    post(draft, actor=actor, at=at)
    if refund.payment.order is not None and (amount_minor := of_the_order(refund)):
        record_refunded(refund.payment.order, amount_minor=amount_minor, actor=actor, at=at)


def _void(refund: Refund, *, actor: str, reason: str, at: datetime) -> None:
    """It is not given after all: each share goes back to where its money is by now, which may be elsewhere than where
    it was taken from. What the gateway had given beyond all that was left is a smaller loss then."""
    _check_voidable(refund)
    shares = list(refund.shares.order_by("hold_id", "pk"))
    holds = {hold.pk: hold for hold in lock_pots({share.hold_id for share in shares if share.hold_id})}
    parts = [part for share in shares for part in _return(share, holds, refund, actor=actor, at=at)]
    move(refund, to=RefundStatus.VOIDED, actor=actor, at=at, reason=reason)
    _owe_no_more(refund)
    draft = refund_recipes.refund_voided(refund_id=refund.public_id, payment_id=refund.payment.public_id, parts=parts)
    post(draft, actor=actor, at=at)
    count_disputes(refund.payment, actor=actor, at=at, reason=reason)
    if refund.payment.order is not None:
        refresh_status(refund.payment.order, actor=actor, at=at, reason=reason)
        tell_money_moved(refund.payment.order, at=at)
    keep_still(refund.payment, actor=actor, at=at)


def _return(
    share: RefundShare, holds: dict[int, EscrowHold], refund: Refund, *, actor: str, at: datetime
) -> list[refund_recipes.RefundPart]:
    """First it covers what a dispute took of the payment beyond all that was left: the buyer has it already."""
    amount = Money(share.amount_minor, refund.currency)
    if share.pot == GOODWILL:
        return [refund_recipes.RefundPart(amount=amount, is_goodwill=True)]
    if share.pot == LOSS:
        return [refund_recipes.RefundPart(amount=amount, is_loss=True)]
    ours_minor = cover_losses(
        payment=refund.payment, hold_pk=share.hold_id, amount_minor=share.amount_minor, counted="returned_minor"
    )
    covered = Money(ours_minor, refund.currency)
    parts = [refund_recipes.RefundPart(amount=covered, is_loss=True)] if covered else []
    rest_minor = share.amount_minor - ours_minor
    if rest_minor and share.hold_id:
        hold, why = holds[share.hold_id], f"refund {refund.public_id} is void"
        hold.refresh_from_db(fields=["returned_minor", "lost_minor"])
        parts.append(put_back(hold, rest_minor, counted="returned_minor", actor=actor, reason=why, at=at))
    return parts


def _owe_no_more(refund: Refund) -> None:
    Payment.objects.filter(pk=refund.payment_id).update(refunding_minor=F("refunding_minor") - refund.amount_minor)
