"""Completes a fulfilment and releases its hold to the seller, in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from config.audit.services import move
from config.kernel.errors import Conflict, Refused
from config.kernel.faultpoints import reached
from config.kernel.money import Money
from config.kernel.verdict import Verdict
from config.outbox.services import emit
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import lock_fulfilment
from orders.fulfilment.services import complete
from orders.order.queries import lock_order
from orders.order.rules import split_refund
from orders.order.services.sums import refundable
from payments.escrow import rules
from payments.escrow.models import EscrowHold
from payments.escrow.queries import has_open_refund, lock_hold
from payments.escrow.states import HoldStatus
from payments.ledger import recipes
from payments.ledger.models import PayeeBalance
from payments.ledger.rules import Balance, waterfall
from payments.ledger.services import lock_balance, post
from payments.reserves.models import ReserveSlice
from payments.reserves.queries import kept_of_release
from payments.reserves.rules import Kept, Terms


class NotDelivered(Conflict):
    """It was not delivered yet."""

    code = "not_delivered"


class HoldFrozen(Conflict):
    """The money is frozen; a person must lift every reason first."""

    code = "hold_frozen"


class HoldNotHeld(Conflict):
    """The money is not held any more."""

    code = "hold_not_held"


class RefundOpen(Conflict):
    """A refund of this money is not finished."""

    code = "refund_open"


_REFUSALS: dict[str, type[Refused]] = {
    error.code: error for error in (NotDelivered, HoldFrozen, HoldNotHeld, RefundOpen)
}


def _enforce(verdict: Verdict) -> None:
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)


def complete_fulfilment(*, fulfilment_pk: int, actor: str, reason: str = "", at: datetime) -> bool:
    """The buyer (or staff, or the release timer) is content: the fulfilment is completed and the hold becomes the
    seller's, less the frozen fees. False when it was completed already. Never called for the seller.

    Raises NotDelivered, HoldFrozen, HoldNotHeld, RefundOpen.
    """
    with transaction.atomic():
        order = lock_order(Fulfilment.objects.values_list("order__public_id", flat=True).get(pk=fulfilment_pk))
        fulfilment = lock_fulfilment(fulfilment_pk)
        if fulfilment.status == "completed":
            return False
        hold = lock_hold(fulfilment)
        if hold is None:
            raise NotDelivered("nothing was paid for it")
        _enforce(
            rules.may_release(
                hold_status=hold.status, fulfilment_status=fulfilment.status, has_open_refund=has_open_refund(hold)
            )
        )
        complete(fulfilment=fulfilment, order=order, actor=actor, reason=reason, at=at)
        release_hold(hold, actor=actor, at=at)
    reached("escrow.released")
    return True


def release_draft(hold: EscrowHold) -> recipes.Draft:
    """The entry that releasing this hold would post now, for showing."""
    balance = PayeeBalance.objects.filter(owner=hold.owner, currency=hold.currency).first()
    return _release(hold, balance or PayeeBalance(owner=hold.owner, currency=hold.currency)).draft


@dataclass(frozen=True, slots=True)
class _Release:
    """The entry of a release, what the seller earned by it, and what of that is kept back on which terms."""

    draft: recipes.Draft
    earned_minor: int
    kept: Kept
    terms: Terms


def _release(hold: EscrowHold, balance: PayeeBalance) -> _Release:
    """Fees per line less what went back with refunds; the rest is the seller's, less what is kept back of it."""
    lines = [refundable(line) for line in hold.fulfilment.lines.order_by("position")]
    parts = split_refund(hold.remaining_minor, lines)
    earned = sum(part.seller_minor for part in parts)
    kept, terms = kept_of_release(balance, earned_minor=earned)
    payable, reserve, receivable = earned - kept.minor, kept.minor, 0
    if earned < 0:  # the fees that are left exceed the rest
        taken = waterfall(Balance(balance.payable_minor, balance.reserve_minor, balance.receivable_minor), -earned)
        payable, reserve, receivable = -taken[0], -taken[1], taken[2]
    draft = recipes.release(
        hold_id=hold.public_id,
        owner=hold.owner,
        left=Money(hold.remaining_minor, hold.currency),
        shares=recipes.Shares(
            platform_fee=Money(sum(part.platform_fee_minor for part in parts), hold.currency),
            gateway_fee=Money(sum(part.gateway_fee_minor for part in parts), hold.currency),
            tax=Money(sum(part.tax_minor for part in parts), hold.currency),
            withheld=Money(sum(part.withheld_minor for part in parts), hold.currency),
            payable=Money(payable, hold.currency),
            reserve=Money(reserve, hold.currency),
            receivable=Money(receivable, hold.currency),
        ),
    )
    return _Release(draft, earned, kept, terms)


def release_hold(hold: EscrowHold, *, actor: str, at: datetime) -> None:
    """Moves the hold and posts its release, in the caller's transaction and under its locks."""
    made = _release(hold, lock_balance(hold.owner, hold.currency))
    move(hold, to=HoldStatus.RELEASED, actor=actor, at=at, remaining_minor=0, released_at=at)
    post(made.draft, actor=actor, at=at)
    if made.kept.minor:
        ReserveSlice.objects.create(
            hold=hold,
            owner=hold.owner,
            currency=hold.currency,
            earned_minor=made.earned_minor,
            fixed_minor=made.kept.fixed_minor,
            rolling_minor=made.kept.rolling_minor,
            kept_at=at,
            kept_until=at + made.terms.rolls_for if made.kept.rolling_minor else None,
        )
    emit("hold.released", fact_key=hold.public_id, payload={"hold": hold.public_id}, at=at)
