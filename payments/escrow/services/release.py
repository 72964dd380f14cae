"""Completes a fulfilment and releases its hold to the seller, in one commit."""

from __future__ import annotations

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
from payments.ledger.rules import Balance, waterfall
from payments.ledger.services import lock_balance, post


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
    """The entry that releasing this hold would post now: fees per line less what went back with refunds, the rest is
    the seller's."""
    lines = [refundable(line) for line in hold.fulfilment.lines.order_by("position")]
    parts = split_refund(hold.remaining_minor, lines)
    payable, from_reserve, receivable = _payees_part(hold, sum(part.seller_minor for part in parts))
    return recipes.release(
        hold_id=hold.public_id,
        owner=hold.owner,
        left=Money(hold.remaining_minor, hold.currency),
        shares=recipes.Shares(
            platform_fee=Money(sum(part.platform_fee_minor for part in parts), hold.currency),
            gateway_fee=Money(sum(part.gateway_fee_minor for part in parts), hold.currency),
            tax=Money(sum(part.tax_minor for part in parts), hold.currency),
            withheld=Money(sum(part.withheld_minor for part in parts), hold.currency),
            payable=Money(payable, hold.currency),
            from_reserve=Money(from_reserve, hold.currency),
            receivable=Money(receivable, hold.currency),
        ),
    )


def _payees_part(hold: EscrowHold, minor: int) -> tuple[int, int, int]:
    """(payable, taken from reserve, receivable): all of it payable, unless the fees that are left exceed the rest."""
    if minor >= 0:
        return minor, 0, 0
    row = lock_balance(hold.owner, hold.currency)
    balance = Balance(row.payable_minor, row.reserve_minor, row.receivable_minor)
    payable, reserve, receivable = waterfall(balance, -minor)
    return -payable, reserve, receivable


def release_hold(hold: EscrowHold, *, actor: str, at: datetime) -> None:
    """Moves the hold and posts its release, in the caller's transaction and under its locks."""
    entry = release_draft(hold)
    move(hold, to=HoldStatus.RELEASED, actor=actor, at=at, remaining_minor=0, released_at=at)
    post(entry, actor=actor, at=at)
    emit("hold.released", fact_key=hold.public_id, payload={"hold": hold.public_id}, at=at)
