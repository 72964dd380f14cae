"""How a payee's debt ends without their earnings, by two people: repaid to our bank, or written off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from config.audit.services import record
from config.kernel.errors import Conflict, NotFound
from config.proposals.services import (
    ProposalOpen,
    check_bank,
    confirm_proposal,
    decline_proposal,
    lock_waiting,
    waiting,
)
from payments.debts import rules
from payments.debts.models import DebtProposal
from payments.ledger.models import PayeeBalance
from payments.ledger.payee_recipes import debt_repaid, debt_written_off
from payments.ledger.queries import actor_of
from payments.ledger.services import lock_balance, post
from payments.refunds.models import RefundShare
from payments.refunds.states import OWED

Kind = DebtProposal.Kind


class ExceedsDebt(Conflict):
    """They do not owe that much."""

    code = "exceeds_debt"


class RefundUndecided(Conflict):
    """A refund that this payee bears has not arrived yet: were it void, they would have the money twice."""

    code = "refund_undecided"


class DebtTakenBack(Conflict):
    """It is being taken out of the payee's account: were it written off, they would be paid what they just gave."""

    code = "debt_taken_back"


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
    one confirms it. Raises ExceedsDebt, ProposalOpen, UnknownBankAccount, ReferenceTaken, RefundUndecided,
    DebtTakenBack."""
    with transaction.atomic():
        row = _lock(balance_pk)
        _check(amount_minor, row)
        if waiting(row.debt_proposals.all()):
            raise ProposalOpen("something is proposed for this debt; that is decided first")
        if kind == Kind.REPAID:
            check_bank(bank_account, reference, bank_accounts=bank_accounts)
        else:
            _check_undecided(row)
        proposal = _write(
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
    proposal, FourEyes for who proposed it or owes it, ExceedsDebt where earnings have paid more of it meanwhile,
    RefundUndecided, DebtTakenBack."""
    with transaction.atomic():
        row = _lock(balance_pk)
        proposal = _open_proposal(row)
        done = confirm_proposal(proposal, actor=actor, reason=reason, at=at, payee=actor_of(row.owner))
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
            _check_undecided(row)
            entry = debt_written_off(proposal_id=proposal.public_id, owner=row.owner, amount=proposal.amount)
        post(entry, actor=actor, at=at)
        _record(proposal, actor=actor, reason=reason, at=at)
    return done


def decline(*, balance_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """What is proposed is not done; who proposed it may take it back this way. Raises NotFound without a proposal."""
    with transaction.atomic():
        proposal = _open_proposal(_lock(balance_pk))
        done = decline_proposal(proposal, actor=actor, reason=reason, at=at)
        _record(proposal, actor=actor, reason=reason, at=at)
    return done


def _record(proposal: DebtProposal, *, actor: str, reason: str, at: datetime) -> None:
    """Whoever reads the trail of the balance finds the decision there too."""
    act, facts = f"{proposal.status}: {proposal.kind}", {"proposal": proposal.public_id}
    record(proposal.balance, act=act, actor=actor, at=at, reason=reason, facts=facts)


def _lock(balance_pk: int) -> PayeeBalance:
    """The balance is locked before a proposal of it is read: each decides over what the other has left."""
    owner, currency = PayeeBalance.objects.values_list("owner", "currency").get(pk=balance_pk)
    return lock_balance(owner, currency)


def _open_proposal(row: PayeeBalance) -> DebtProposal:
    return lock_waiting(row.debt_proposals.all(), otherwise=NotFound("nothing is proposed for this debt"))


def _check(amount_minor: int, row: PayeeBalance) -> None:
    verdict = rules.may_end(amount_minor=amount_minor, owed_minor=row.receivable_minor)
    if not verdict:
        raise ExceedsDebt(verdict.detail)


def _check_undecided(row: PayeeBalance) -> None:
    """What a refund took of them and does not give comes back to them, and so does what is taken out of their account
    for the debt. While they owe, it pays the debt; of a debt that was written off nothing is left to pay."""
    theirs = RefundShare.objects.filter(hold__owner=row.owner, pot="released", refund__currency=row.currency)
    if theirs.filter(refund__status__in=OWED).exists():
        raise RefundUndecided
    if import_string(settings.DEBT_TAKEN_BACK)(row.owner, row.currency):
        raise DebtTakenBack


def _write(**columns: Any) -> DebtProposal:
    """What somebody names for another debt at this moment is seen by PostgreSQL alone."""
    try:
        with transaction.atomic():
            return DebtProposal.objects.create(**columns)
    except IntegrityError as error:
        if "money_at_our_bank_repays_a_debt_once" not in str(error):
            raise
        raise ReferenceTaken from error
