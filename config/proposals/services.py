"""A second person decides what one person proposed. What it is about is locked by the caller, who books it too."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from config.audit.services import move
from config.kernel.errors import Conflict, FourEyes, Invalid, Refused
from config.proposals.models import WAITING, Proposal
from config.proposals.rules import may_confirm
from config.proposals.states import ProposalStatus

P = TypeVar("P", bound=Proposal)


class ProposalOpen(Conflict):
    """Something else is proposed for this; that is decided first."""

    code = "proposal_open"


class UnknownBankAccount(Invalid):
    """None of our bank accounts has this name."""

    code = "unknown_bank_account"


def waiting(rows: QuerySet[P]) -> P | None:
    """The one of `rows` that nobody has decided."""
    return rows.filter(WAITING).first()


def lock_waiting(rows: QuerySet[P], *, otherwise: Refused) -> P:
    """The same, locked. Raises `otherwise` where there is none."""
    proposal = waiting(rows.select_for_update(of=("self",)))
    if proposal is None:
        raise otherwise
    return proposal


def confirm_proposal(proposal: Proposal, *, actor: str, reason: str, at: datetime, payee: str = "") -> bool:
    """Another person found that it is so; the caller books it in the same transaction. `payee` is whose money it is
    about. Raises FourEyes for them, and for who proposed it."""
    verdict = may_confirm(actor=actor, proposed_by=proposal.proposed_by, payee=payee)
    if not verdict:
        raise FourEyes(verdict.detail)
    return _decide(proposal, ProposalStatus.CONFIRMED, actor=actor, reason=reason, at=at)


def decline_proposal(proposal: Proposal, *, actor: str, reason: str, at: datetime) -> bool:
    """It is not so, or who proposed it takes it back: nothing is booked."""
    return _decide(proposal, ProposalStatus.DECLINED, actor=actor, reason=reason, at=at)


def check_bank(bank_account: str, reference: str, *, bank_accounts: Collection[str]) -> None:
    """What went through our bank names which of `bank_accounts`, and how the bank finds it. Raises
    UnknownBankAccount."""
    if bank_account not in bank_accounts or not reference.strip():
        raise UnknownBankAccount("name one of our bank accounts, and the bank's reference of the payment")


def _decide(proposal: Proposal, to: ProposalStatus, *, actor: str, reason: str, at: datetime) -> bool:
    return move(proposal, to=to, actor=actor, at=at, reason=reason, decided_by=actor, decided_at=at)
