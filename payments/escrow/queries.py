"""Reads of holds."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from orders.fulfilment.models import Fulfilment
from payments.escrow.models import EscrowHold
from payments.refunds.states import RefundStatus

OPEN_REFUNDS = [
    RefundStatus.REQUESTED,
    RefundStatus.APPROVED,
    RefundStatus.SENDING,
    RefundStatus.PENDING,
    RefundStatus.FAILED,
]


def lock_hold(fulfilment: Fulfilment) -> EscrowHold | None:
    """The fulfilment's hold, locked until the transaction ends; None when nothing was captured for it."""
    return (
        EscrowHold.objects.select_for_update(of=("self",))
        .select_related("payment__gateway_account")
        .filter(fulfilment=fulfilment)
        .first()
    )


def has_open_refund(hold: EscrowHold) -> bool:
    """Whether a refund that takes from this hold is not finished."""
    return hold.refund_shares.filter(refund__status__in=OPEN_REFUNDS).exists()


def holds_that_must_leave(*, before: object) -> QuerySet[EscrowHold]:
    """Holds whose money may not wait past `before`."""
    return EscrowHold.objects.filter(Q(status__in=["held", "frozen"]), must_leave_by__lte=before)
