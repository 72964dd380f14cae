"""Records a gateway's suspicion of a payment and how it ended; its money waits meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from config.audit.services import move
from config.outbox.services import emit
from orders.order.queries import lock_order
from payments.charges.models import Payment
from payments.charges.queries import lock_payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.freeze import freeze_hold, unfreeze_hold
from payments.reviews.models import Review
from payments.reviews.states import ReviewKind, ReviewStatus

FREEZE = "review"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a gateway says: of which kind, why, and whether it still stands. `outcome` says how it ended."""

    gateway_review_id: str
    kind: ReviewKind
    reason: str
    is_open: bool
    outcome: str
    opened_at: datetime


def observe_suspicion(*, payment: Payment, said: Suspicion, actor: str, at: datetime) -> str:
    """Brings a review up to what the gateway says of it. Returns what was done.

    Open, it freezes what is held of the payment; closed, by the gateway or by a person, it stays closed whatever an
    older event says.
    """
    with transaction.atomic():
        lock_order(payment.ref)
        payment = lock_payment(payment.pk)
        row, is_new = Review.objects.select_for_update(of=("self",)).get_or_create(
            gateway_account_id=payment.gateway_account_id,
            gateway_review_id=said.gateway_review_id,
            defaults={
                "payment": payment,
                "kind": said.kind,
                "reason": said.reason[:80],
                "opened_at": said.opened_at,
                "seen_at": at,
            },
        )
        if is_new and said.is_open:
            freeze_for(row, payment.holds.order_by("pk"), actor=actor, at=at)
            emit("payment.suspected", fact_key=row.public_id, payload={"review": row.public_id}, at=at)
            return "open"
        if not said.is_open and _close(row, outcome=said.outcome, actor=actor, reason=said.outcome, at=at):
            return "closed"
    return "known already"


def settle_review(*, review_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """A person has looked and lets the money go on. Returns False when it is closed already."""
    with transaction.atomic():
        row = Review.objects.select_related("payment").get(pk=review_pk)
        lock_order(row.payment.ref)
        lock_payment(row.payment_id)
        row = Review.objects.select_for_update(of=("self",)).select_related("payment").get(pk=review_pk)
        return _close(row, outcome="settled by a person", actor=actor, reason=reason, at=at)


def freeze_for_open_reviews(*, payment: Payment, holds: Iterable[EscrowHold], actor: str, at: datetime) -> None:
    """Holds that open while their payment is under review are frozen at once; in the caller's transaction and locks."""
    holds = list(holds)
    for row in Review.objects.filter(payment=payment, status=ReviewStatus.OPEN).order_by("pk"):
        freeze_for(row, holds, actor=actor, at=at)


def freeze_for(row: Review, holds: Iterable[EscrowHold], *, actor: str, at: datetime) -> None:
    """Freezes those of the holds that still keep money; what was released or returned is out of reach."""
    note = f"{row.get_kind_display()}: {row.reason}"
    for hold in holds:
        if hold.status in ("held", "frozen"):
            freeze_hold(hold_pk=hold.pk, reason=FREEZE, ref=row.public_id, actor=actor, note=note, at=at)


def _close(row: Review, *, outcome: str, actor: str, reason: str, at: datetime) -> bool:
    to = ReviewStatus.CLOSED
    if not move(row, to=to, actor=actor, at=at, reason=reason, outcome=outcome[:80], closed_at=at):
        return False
    for hold in row.payment.holds.order_by("pk"):
        note = f"the {row.get_kind_display()} is closed: {outcome}"
        unfreeze_hold(hold_pk=hold.pk, reason=FREEZE, ref=row.public_id, actor=actor, note=note, at=at)
    return True
