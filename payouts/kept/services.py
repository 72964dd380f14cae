"""One person says that the payee has what a payout left in their account, another one looks it up and confirms it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict
from config.proposals.services import ProposalOpen, confirm_proposal, decline_proposal, lock_waiting, waiting
from payouts.kept.models import KeptMoney
from payouts.payout.models import Payout
from payouts.payout.queries import lock_payout, payee_actor
from payouts.payout.services.ending import pay_late
from payouts.reversals.queries import open_reversals


class NotInAccount(Conflict):
    """Nothing of this payout stands in the payee's account, or not what was looked at, or it is being taken back."""

    code = "not_in_account"


class NothingSaid(Conflict):
    """Nobody says that the payee has this money."""

    code = "nothing_said"


def may_be_kept(payout: Payout) -> bool:
    """Whether it is over, its money stands in the payee's account by the books, and nothing takes it back."""
    return payout.is_over and payout.in_account_minor > 0 and not open_reversals(payout).exists()


def propose_kept(*, payout_pk: int, reference: str, actor: str, reason: str, at: datetime) -> KeptMoney:
    """Says that the payee has all that the payout left in their account: they withdrew it, or the rail paid it later,
    where `reference` finds it. Nothing is booked. Raises NotInAccount, ProposalOpen."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        if waiting(payout.kept_money.all()):
            raise ProposalOpen("somebody says so already; that is decided first")
        if not may_be_kept(payout):
            raise NotInAccount(f"the payout is {payout.status}")
        kept = KeptMoney.objects.create(
            payout=payout,
            amount_minor=payout.in_account_minor,
            currency=payout.currency,
            reference=reference.strip(),
            reason=reason,
            proposed_by=actor,
            proposed_at=at,
        )
        facts = {"amount_minor": kept.amount_minor, "reference": kept.reference}
        record(payout, act="said to be with the payee", actor=actor, at=at, reason=reason, facts=facts)
    return kept


def confirm_kept(*, payout_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Another person found it: what was payable again is paid, and their account has it no more. It is never moved
    there a second time, whatever the rail says of the payout that failed. Raises NothingSaid, FourEyes for who said it
    and for the payee, NotInAccount where it moved meanwhile."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        kept = _said(payout)
        done = confirm_proposal(kept, actor=actor, reason=reason, at=at, payee=payee_actor(payout.payee))
        if not may_be_kept(payout) or payout.in_account_minor != kept.amount_minor:
            raise NotInAccount(f"the payout is {payout.status}")
        ended_at = payout.ended_at
        pay_late(payout, reference=kept.reference, actor=actor, at=at, reason=reason)
        # It ended at the bank when it failed there. Two people have looked at that.
        changes = {"reference": kept.reference, "ended_at": ended_at, "looked_end_at": ended_at}
        Payout.objects.filter(pk=payout.pk).update(**changes)
        facts = {"payout": payout.public_id, "amount_minor": kept.amount_minor}
        record(payout.payee, act="kept what a payout left in their account", actor=actor, at=at, facts=facts)
    return done


def decline_kept(*, payout_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """It is not so, or who said it takes it back: nothing is booked. Raises NothingSaid."""
    with transaction.atomic():
        kept = _said(lock_payout(payout_pk))
        return decline_proposal(kept, actor=actor, reason=reason, at=at)


def _said(payout: Payout) -> KeptMoney:
    return lock_waiting(payout.kept_money.all(), otherwise=NothingSaid())
