"""How a payee's debt ends without their earnings, by two people: repaid to our bank, or written off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from config.audit.services import move, record
from config.kernel.errors import Conflict, FourEyes, NotFound
from config.proposals.services import ProposalOpen, UnknownBankAccount
from payments.debts import rules
from payments.debts.models import DebtProposal
from payments.debts.states import DebtProposalStatus
from payments.ledger.models import PayeeBalance
from payments.ledger.payee_recipes import debt_repaid, debt_written_off
from payments.ledger.services import lock_balance, post

Kind = DebtProposal.Kind


class ExceedsDebt(Conflict):
    """They do not owe that much."""

    code = "exceeds_debt"


class ReferenceTaken(Conflict):
    """This payment at our bank has repaid a debt already."""

    code = "reference_taken"


def propose(
    *,
    balance_pk: int,
    kind: Kind,
    amount_minor: int,
    actor: str,
    reason: str,
    at: datetime,
    bank_account: str = "",
    reference: str = "",
    bank_accounts: Collection[str] = (),
) -> DebtProposal:
    """One person says that so much of a debt was repaid, or should be written off. Nothing is booked before another
    one confirms it. Raises ExceedsDebt, ProposalOpen, UnknownBankAccount, ReferenceTaken."""
    with transaction.atomic():
        row = _lock(balance_pk)
        _check(amount_minor, row)
        if DebtProposal.objects.filter(balance=row, status=DebtProposalStatus.PROPOSED).exists():
            raise ProposalOpen("something is proposed for this debt; that is decided first")
        if kind == Kind.REPAID:
            _check_bank(bank_account, reference.strip(), bank_accounts)
        proposal = DebtProposal.objects.create(
            balance=row,
            kind=kind,
            amount_minor=amount_minor,
            currency=row.currency,
            bank_account=bank_account,
            reference=reference.strip(),
            reason=reason,
            proposed_by=actor,
            proposed_at=at,
        )
        facts = {"proposal": proposal.public_id, "amount": str(proposal.amount)}
        record(row, act=f"proposed: {kind}", actor=actor, at=at, reason=reason, facts=facts)
    return proposal


def confirm(*, balance_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """[44] A second person confirms what is proposed for this debt, and it is booked. Raises NotFound without a
    proposal, FourEyes for who proposed it, ExceedsDebt where earnings have paid more of it meanwhile."""
    with transaction.atomic():
        row = _lock(balance_pk)
        proposal = _open_proposal(row)
        verdict = rules.may_confirm(proposed_by=proposal.proposed_by, actor=actor)
        if not verdict:
            raise FourEyes(verdict.detail)
        _check(proposal.amount_minor, row)
        if proposal.kind == Kind.REPAID:
            entry = debt_repaid(
                proposal_id=proposal.public_id,
                owner=row.owner,
                bank_account=proposal.bank_account,
                amount=proposal.amount,
                reference=proposal.reference,
            )
        else:
            entry = debt_written_off(proposal_id=proposal.public_id, owner=row.owner, amount=proposal.amount)
        post(entry, actor=actor, at=at)
        return _decide(proposal, DebtProposalStatus.CONFIRMED, actor=actor, reason=reason, at=at)


def decline(*, balance_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """What is proposed is not done; who proposed it may take it back this way. Raises NotFound without a proposal."""
    with transaction.atomic():
        proposal = _open_proposal(_lock(balance_pk))
        return _decide(proposal, DebtProposalStatus.DECLINED, actor=actor, reason=reason, at=at)


def _decide(proposal: DebtProposal, to: DebtProposalStatus, *, actor: str, reason: str, at: datetime) -> bool:
    done = move(proposal, to=to, actor=actor, at=at, reason=reason, decided_by=actor, decided_at=at)
    facts = {"proposal": proposal.public_id}
    record(proposal.balance, act=f"{to}: {proposal.kind}", actor=actor, at=at, reason=reason, facts=facts)
    return done


def _lock(balance_pk: int) -> PayeeBalance:
    """The balance is locked before a proposal of it is read: each decides over what the other has left."""
    owner, currency = PayeeBalance.objects.values_list("owner", "currency").get(pk=balance_pk)
    return lock_balance(owner, currency)


def _open_proposal(row: PayeeBalance) -> DebtProposal:
    proposal = DebtProposal.objects.filter(balance=row, status=DebtProposalStatus.PROPOSED).first()
    if proposal is None:
        raise NotFound("nothing is proposed for this debt")
    return proposal


def _check(amount_minor: int, row: PayeeBalance) -> None:
    verdict = rules.may_end(amount_minor=amount_minor, owed_minor=row.receivable_minor)
    if not verdict:
        raise ExceedsDebt(verdict.detail)


def _check_bank(bank_account: str, reference: str, bank_accounts: Collection[str]) -> None:
    if bank_account not in bank_accounts or not reference:
        raise UnknownBankAccount("name one of our bank accounts, and the bank's reference of the payment")
    known = DebtProposal.objects.filter(kind=Kind.REPAID, bank_account=bank_account, reference=reference)
    if known.exclude(status=DebtProposalStatus.DECLINED).exists():
        raise ReferenceTaken
