"""A second person lets a payout go or not, and what was not sent is cancelled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import move, record
from config.kernel.errors import Conflict, FourEyes
from config.kernel.faultpoints import reached
from payouts.payout import rules
from payouts.payout.models import Payout
from payouts.payout.queries import frozen_of, is_half_way, is_recallable, lock_payout, payee_actor
from payouts.payout.services.freeze import approve, unfreeze
from payouts.payout.states import UNSENT, PayoutStatus


class PayoutDecided(Conflict):
    """The payout does not wait for a decision any more."""

    code = "payout_decided"


class PayoutSent(Conflict):
    """The payout was sent: only the rail can stop it now."""

    code = "payout_sent"


class PayoutTransferred(Conflict):
    """The payout's transfer is made: that is taken back from the payee's account first."""

    code = "payout_transferred"


def approve_payout(*, payout_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """A second person lets it be sent, right after the commit.

    False when this person approved it already. Raises FourEyes for who asked for it and for the payee themself, and
    PayoutDecided.
    """
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        if payout.approved_by == actor:
            return False
        if payout.status != PayoutStatus.AWAITING_APPROVAL:
            raise PayoutDecided(f"the payout is {payout.status}")
        verdict = rules.may_decide(requested_by=payout.requested_by, payee=payee_actor(payout.payee), actor=actor)
        if not verdict:
            raise FourEyes(verdict.detail)
        approve(payout, actor=actor, at=at, reason=reason, approved_by=actor)
    reached("payout.decided")
    return True


def cancel_payout(*, payout_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """It is not sent, and its money is payable again. False when it was cancelled already. Raises PayoutSent once
    somebody outside was asked for anything, and PayoutTransferred where its money stands in the payee's account."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        if payout.status == PayoutStatus.CANCELLED:
            return False
        if is_half_way(payout):
            raise PayoutTransferred
        if not is_recallable(payout):
            raise PayoutSent(f"the payout is {payout.status}")
        take_back(payout, actor=actor, reason=reason, at=at)
    reached("payout.decided")
    return True


def cancel_emptied(payout: Payout, *, actor: str, reason: str, at: datetime) -> bool:
    """Ends a payout whose transfer is back from the payee's account, in the caller's transaction, which holds its lock:
    only now is it payable again. False where it is not half way, or some of it stands there still."""
    if not is_half_way(payout) or payout.in_account_minor > 0:
        return False
    move(payout, to=PayoutStatus.APPROVED, actor=actor, at=at, reason="its transfer is back")
    take_back(payout, actor=actor, reason=reason, at=at)
    return True


def take_back(payout: Payout, *, actor: str, reason: str, at: datetime) -> None:
    """Cancels what was not sent, in the caller's transaction, which holds its lock."""
    move(payout, to=PayoutStatus.CANCELLED, actor=actor, at=at, reason=reason, ended_at=at, waits_because="")
    unfreeze(payout, actor=actor, at=at)


def recall(*, owner: str, currency: str, actor: str, at: datetime) -> int:
    """Takes back every payout of a payee that was not sent, because they owe us. Returns how much, in minor units.

    One that is being sent at this moment is marked: should it turn out that nothing was executed, it is not sent again.
    """
    taken = 0
    with transaction.atomic():
        for key in list(frozen_of(owner, currency).order_by("pk").values_list("pk", flat=True)):
            payout = lock_payout(key)
            if is_recallable(payout):
                take_back(payout, actor=actor, reason="the payee is short", at=at)
                taken += payout.gross_minor
            elif payout.status in (*UNSENT, PayoutStatus.SENDING) and payout.recalled_at is None:
                Payout.objects.filter(pk=payout.pk).update(recalled_at=at)
                record(payout, act="recalled", actor=actor, at=at, reason="the payee is short")
    reached("payout.recalled")
    return taken
