"""A second person lets a reversal go, or not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import move
from config.kernel.errors import Conflict, FourEyes
from config.outbox.services import emit
from payouts.payout.queries import lock_payout, payee_actor
from payouts.reversals import rules
from payouts.reversals.models import Reversal
from payouts.reversals.queries import lock_reversal
from payouts.reversals.states import ReversalStatus


class ReversalDecided(Conflict):
    """The reversal does not wait for a decision any more."""

    code = "reversal_decided"


def approve(reversal: Reversal, *, actor: str, reason: str, at: datetime, approved_by: str = "") -> None:
    """Lets it be sent, in the caller's transaction, right after its commit."""
    move(reversal, to=ReversalStatus.APPROVED, actor=actor, reason=reason, at=at, approved_by=approved_by)
    tell_approved(reversal, at=at)


def tell_approved(reversal: Reversal, *, at: datetime, again: str = "") -> None:
    """One job per sending."""
    fact = f"{reversal.public_id}:{again}" if again else reversal.public_id
    emit("reversal.approved", fact_key=fact, payload={"reversal": reversal.public_id}, at=at)


def approve_reversal(*, reversal_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """A second person lets it be sent. False when this person did so already. Raises FourEyes, ReversalDecided."""
    with transaction.atomic():
        reversal = _locked(reversal_pk)
        if reversal.approved_by == actor:
            return False
        _require_waiting(reversal)
        _require_another(reversal, actor)
        approve(reversal, actor=actor, reason=reason, at=at, approved_by=actor)
    return True


def cancel_reversal(*, reversal_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """It is not sent: what the payee owes stays owed. False when it was cancelled already. Raises FourEyes,
    ReversalDecided."""
    with transaction.atomic():
        reversal = _locked(reversal_pk)
        if reversal.status == ReversalStatus.CANCELLED:
            return False
        _require_waiting(reversal)
        if actor == payee_actor(reversal.payout.payee):
            raise FourEyes("nobody decides about their own money")
        cancel(reversal, actor=actor, reason=reason, at=at)
    return True


def cancel(reversal: Reversal, *, actor: str, reason: str, at: datetime) -> None:
    """In the transaction of who holds its lock."""
    move(reversal, to=ReversalStatus.CANCELLED, actor=actor, reason=reason, at=at, ended_at=at)


def _locked(reversal_pk: int) -> Reversal:
    lock_payout(Reversal.objects.values_list("payout_id", flat=True).get(pk=reversal_pk))
    return lock_reversal(reversal_pk)


def _require_waiting(reversal: Reversal) -> None:
    if reversal.status != ReversalStatus.PROPOSED:
        raise ReversalDecided(f"the reversal is {reversal.status}")


def _require_another(reversal: Reversal, actor: str) -> None:
    payee = payee_actor(reversal.payout.payee)
    verdict = rules.may_decide(proposed_by=reversal.proposed_by, payee=payee, actor=actor)
    if not verdict:
        raise FourEyes(verdict.detail)
