"""Counts a refund that somebody made at the gateway against what we owe by refunds of our own."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from config.audit.services import move, record
from config.kernel.errors import Unavailable
from config.kernel.money import Money
from config.proposals.services import decline_proposal, waiting
from payments.ledger import refund_recipes
from payments.ledger.services import post
from payments.refunds.models import Refund, RefundShare
from payments.refunds.services.again import make_anew
from payments.refunds.services.allocate import add_share
from payments.refunds.states import RefundStatus

# Owed, and certainly not with the gateway: nothing of it can still arrive by itself.
_WAITING = (RefundStatus.APPROVED, RefundStatus.FAILED)
_ENDS = {RefundStatus.APPROVED: RefundStatus.CANCELLED, RefundStatus.FAILED: RefundStatus.PAID_OTHERWISE}


class RefundInFlight(Unavailable):
    """Another refund of this payment is on its way; until it is known what became of it, this one cannot be booked."""

    code = "refund_in_flight"


def take_over_owed(*, refund: Refund, actor: str, at: datetime) -> int:
    """Moves to `refund` what we owe the same buyer by refunds of the same payment that are not at the gateway, oldest
    first, up to its amount; in the caller's transaction, which holds the locks of order and payment.

    Without it the buyer would be owed twice: once given at the gateway, once still in our books. What is left of an
    owed refund stays owed, and is sent again where the gateway never had it. Returns how much was taken over, in minor
    units. Raises RefundInFlight while one is being sent, to be tried again.
    """
    others = Refund.objects.select_for_update().filter(payment_id=refund.payment_id).exclude(pk=refund.pk)
    if others.filter(status=RefundStatus.SENDING).exists():
        raise RefundInFlight
    left_minor = refund.amount_minor
    for owed in others.filter(status__in=_WAITING).order_by("pk"):
        if left_minor == 0:
            break
        taken_minor = min(left_minor, owed.amount_minor)
        left_minor -= taken_minor
        _take_over(refund, owed, taken_minor, actor=actor, at=at)
    return refund.amount_minor - left_minor


def _take_over(refund: Refund, owed: Refund, taken_minor: int, *, actor: str, at: datetime) -> None:
    amount = Money(taken_minor, refund.currency)
    post(
        refund_recipes.refund_taken_over(refund_id=refund.public_id, owed_id=owed.public_id, amount=amount),
        actor=actor,
        at=at,
    )
    _move_shares(refund, owed, taken_minor)
    reason = f"{amount} of it was given by {refund.public_id}"
    if taken_minor == owed.amount_minor:
        move(owed, to=_ENDS[RefundStatus(owed.status)], actor=actor, at=at, reason=reason)
        return
    rest_minor = owed.amount_minor - taken_minor
    Refund.objects.filter(pk=owed.pk).update(
        amount_minor=rest_minor, taken_over_minor=F("taken_over_minor") + taken_minor
    )
    record(owed, act="shrunk", actor=actor, at=at, reason=reason, facts={"amount_minor": rest_minor})
    if _take_back_proposal(owed, actor=actor, reason=reason, at=at):
        return  # the buyer may have all of it from our bank already, so that a person decides about the rest
    if owed.status == RefundStatus.FAILED and owed.gateway_refund_id is None:
        # Refused because it was more than what was left there; the rest never was asked for.
        make_anew(owed, at=at)


def _take_back_proposal(owed: Refund, *, actor: str, reason: str, at: datetime) -> bool:
    """What was proposed was over another amount: whoever proposed it looks again. False where nothing was."""
    proposal = waiting(owed.proposals.select_for_update(of=("self",)))
    return proposal is not None and decline_proposal(proposal, actor=actor, reason=reason, at=at)


def _move_shares(refund: Refund, owed: Refund, taken_minor: int) -> None:
    """Where the owed refund was taken from is now where this one was."""
    left_minor = taken_minor
    for share in owed.shares.select_for_update().order_by("pk"):
        part_minor = min(left_minor, share.amount_minor)
        left_minor -= part_minor
        if part_minor == 0:
            return
        if part_minor == share.amount_minor:
            share.delete()
        else:
            RefundShare.objects.filter(pk=share.pk).update(amount_minor=share.amount_minor - part_minor)
        add_share(refund, share.pot, share.hold_id, part_minor)
