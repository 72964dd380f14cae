"""Books refunds that were asked for and may be given: out of their pots, owed to the buyer, on their way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from config.audit.services import move
from config.kernel.errors import Conflict
from config.outbox.services import emit
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import lock_fulfilments
from orders.fulfilment.services import begin_cancelling, finish_cancelling
from orders.order.models import Order
from orders.tickets.queries import tickets_are_out
from payments.charges.queries import lock_payments
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import CannotCancel
from payments.escrow.services.freeze import unfreeze_hold
from payments.refunds import rules
from payments.refunds.models import CANCELLED_BY_STAFF, GOODWILL, Refund, RefundShare
from payments.refunds.queries import left_of, lock_refund, refundable_of, reserved_by_hold
from payments.refunds.services.allocate import allocate, lock_pots
from payments.refunds.services.request import ExceedsRefundable
from payments.refunds.states import RefundStatus

FREEZE = "refund_requested"


class RefundDecided(Conflict):
    """This refund does not wait for a decision any more."""

    code = "refund_decided"


class CancelInstead(Conflict):
    """Its buyer may still get the tickets: cancel the part, and its money goes back once they are."""

    code = "cancel_instead"


def check_waits(refund: Refund) -> None:
    """Raises RefundDecided."""
    if refund.status != RefundStatus.REQUESTED:
        raise RefundDecided(f"the refund is {refund.status}")


def book(order: Order, refunds: Sequence[Refund], *, actor: str, reason: str, at: datetime) -> None:
    """Approves and posts requested refunds of one order, in the caller's transaction, which holds the order's lock.

    A part that was not delivered and of which nothing is left is cancelled with it, so that nobody is asked any more
    to deliver what the buyer has the money of. What changed since it was asked for is looked at again. Where a provider
    has tickets of a part that staff cancel, they are called back, and its word decides about the money. Raises
    ExceedsRefundable, RefundDecided, CannotCancel and CancelInstead.
    """
    shares = list(RefundShare.objects.filter(refund__in=refunds).order_by("hold_id", "pk"))
    fulfilments = {part.pk: part for part in lock_fulfilments(order)}
    emptied = _emptied(refunds, shares, fulfilments)
    if any(part.is_ticketed and tickets_are_out(part.pk) and part.status != "review" for part in emptied):
        _call_back(refunds, emptied, actor=actor, reason=reason, at=at)
        return
    for part in emptied:
        if part.status == "awaiting":
            begin_cancelling(fulfilment=part, actor=actor, reason=reason, at=at)
        finish_cancelling(fulfilment=part, order=order, actor=actor, reason=reason, at=at)
    payments = {payment.pk: payment for payment in lock_payments(order)}
    locked = [lock_refund(refund.pk) for refund in sorted(refunds, key=lambda refund: refund.pk)]
    for refund in locked:
        check_waits(refund)
    holds = {hold.pk: hold for hold in lock_pots({share.hold_id for share in shares if share.hold_id})}
    for refund in locked:
        own = [share for share in shares if share.refund_id == refund.pk]
        _check_left(refund, own, refundable_of(payments[refund.payment_id], requested=False), holds)
        unfreeze(refund, actor=actor, note="it is decided", at=at)
        _give(refund, own, actor=actor, reason=reason, at=at)


def _emptied(
    refunds: Sequence[Refund], shares: Sequence[RefundShare], fulfilments: dict[int, Fulfilment]
) -> list[Fulfilment]:
    """The parts that are cancelled with these refunds, by ascending id. Raises CannotCancel."""
    taken: dict[int, int] = defaultdict(int)
    for share in shares:
        if share.hold_id and share.pot != GOODWILL:
            taken[share.hold_id] += share.amount_minor
    holds = {hold.fulfilment_id: hold for hold in EscrowHold.objects.filter(pk__in=taken)}
    is_cancel = any(refund.cause == CANCELLED_BY_STAFF for refund in refunds)
    found = []
    for part_pk, hold in sorted(holds.items()):
        part, is_whole = fulfilments[part_pk], taken[hold.pk] >= hold.remaining_minor
        if is_cancel and part.status not in ("awaiting", "review"):
            raise CannotCancel(f"the fulfilment is {part.status}")
        if is_cancel and not is_whole:
            raise CannotCancel("more of its money is held than when it was asked for: ask anew")
        if not is_cancel and is_whole:
            check_not_out(part)
        if is_whole and part.status in ("awaiting", "review"):
            found.append(part)
    return found


def check_not_out(part: Fulfilment) -> None:
    """All of a part's money is not given while its buyer may still get its tickets. Raises CancelInstead."""
    if part.is_ticketed and tickets_are_out(part.pk):
        raise CancelInstead


def _call_back(
    refunds: Sequence[Refund], parts: Sequence[Fulfilment], *, actor: str, reason: str, at: datetime
) -> None:
    """The cancel is decided, and its money waits for the provider's word: what was asked for is not needed any more.
    Who decided it is kept, so that it counts for their sums as if its money had gone at once."""
    for part in parts:
        begin_cancelling(fulfilment=part, actor=actor, reason=reason, at=at)
    for refund in sorted(refunds, key=lambda refund: refund.pk):
        check_waits(lock_refund(refund.pk))
        unfreeze(refund, actor=actor, note="its tickets are called back", at=at)
        move(
            refund,
            to=RefundStatus.CANCELLED,
            actor=actor,
            at=at,
            reason="its tickets are called back first",
            approved_by=actor,
            approved_at=at,
        )


def unfreeze(refund: Refund, *, actor: str, note: str, at: datetime) -> None:
    """Lets the holds go that this refund kept still, by ascending id."""
    for hold_pk in sorted({share.hold_id for share in refund.shares.all() if share.hold_id}):
        unfreeze_hold(hold_pk=hold_pk, reason=FREEZE, ref=refund.public_id, actor=actor, note=note, at=at)


def _check_left(refund: Refund, shares: Sequence[RefundShare], refundable: int, holds: dict[int, EscrowHold]) -> None:
    """The payment, and each part of the order, still has what was asked of it; others that wait do not matter."""
    verdict = rules.may_refund(amount_minor=refund.amount_minor, refundable=refundable)
    if not verdict:
        raise ExceedsRefundable(verdict.detail)
    asked: Counter[int] = Counter()
    for share in shares:
        if share.hold_id:
            asked[share.hold_id] += share.amount_minor
    reserved = reserved_by_hold(asked, requested=False)
    if any(minor > left_of(holds[hold_pk]) - reserved[hold_pk] for hold_pk, minor in asked.items()):
        raise ExceedsRefundable("more of this part of the order went back meanwhile")


def _give(refund: Refund, shares: Sequence[RefundShare], *, actor: str, reason: str, at: datetime) -> None:
    by_us = {share.hold_id: share.amount_minor for share in shares if share.pot == GOODWILL and share.hold_id}
    by_holds = {share.hold_id: share.amount_minor for share in shares if share.pot != GOODWILL and share.hold_id}
    # What it will need becomes what it took, each from where the money is by now.
    RefundShare.objects.filter(refund=refund).delete()
    move(refund, to=RefundStatus.APPROVED, actor=actor, at=at, reason=reason, approved_by=actor, approved_at=at)
    allocate(refund=refund, holds=by_holds, goodwill=by_us, actor=actor, at=at)
    emit("refund.approved", fact_key=refund.public_id, payload={"refund": refund.public_id}, at=at)
