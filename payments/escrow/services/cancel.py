"""Cancels a paid fulfilment and starts its refund: by timeout, seller or staff."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import lock_fulfilment
from orders.fulfilment.services import begin_cancelling, finish_cancelling
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.tickets.queries import tickets_are_out
from payments.charges.queries import lock_payment
from payments.escrow import rules
from payments.escrow.models import EscrowHold
from payments.escrow.queries import lock_hold
from payments.refunds.services.request import refund_hold

SYSTEM = "system:escrow_timeout"


class CannotCancel(Conflict):
    """It can't be cancelled now."""

    code = "cannot_cancel"


def time_out_fulfilment(*, fulfilment_pk: int, at: datetime) -> bool:
    """Paid, and not delivered in time: cancelled, stock and tickets returned, the buyer's refund started, the hold
    returned. Where a provider has the tickets it is only being cancelled until the provider has answered.

    False when it need not be: delivered meanwhile, or still in time. Raises CannotCancel when its money is frozen.
    """
    with transaction.atomic():
        order, fulfilment = _lock(fulfilment_pk)
        verdict = rules.may_time_out(fulfilment_status=fulfilment.status, deliver_by=fulfilment.deliver_by, at=at)
        if not verdict:
            return False
        _cancel(order, fulfilment, cause="timeout", actor=SYSTEM, reason="not delivered in time", at=at)
    reached("escrow.timed_out")
    return True


def cancel_fulfilment(
    *, fulfilment_pk: int, actor: str, reason: str, at: datetime, may_end_review: bool = False
) -> bool:
    """The seller or staff cancels before delivery: the same as a timeout, with a person's reason. Where nobody knows
    whether the buyer has the tickets, `may_end_review` says that a person of ours has found out that they have not.

    False when it was cancelled already, or is being cancelled. Raises CannotCancel when it was delivered, not paid, or
    its money is frozen.
    """
    with transaction.atomic():
        order, fulfilment = _lock(fulfilment_pk)
        if fulfilment.status in ("cancelling", "cancelled"):
            return False
        if fulfilment.status != "awaiting" and not (may_end_review and fulfilment.status == "review"):
            raise CannotCancel(f"the fulfilment is {fulfilment.status}")
        _cancel(order, fulfilment, cause="cancelled", actor=actor, reason=reason, at=at)
    reached("fulfilment.cancelled")
    return True


def _lock(fulfilment_pk: int) -> tuple[Order, Fulfilment]:
    order = lock_order(Fulfilment.objects.values_list("order__public_id", flat=True).get(pk=fulfilment_pk))
    return order, lock_fulfilment(fulfilment_pk)


def _cancel(order: Order, fulfilment: Fulfilment, *, cause: str, actor: str, reason: str, at: datetime) -> None:
    """Tickets and stock before payment and hold, as every act locks them; a hold that is not held rolls all of it back.

    What a transfer provider has is called back, and nothing is given for it before the provider has said that the buyer
    gets nothing."""
    if not EscrowHold.objects.filter(fulfilment=fulfilment).exists():
        raise CannotCancel("nothing was paid for it")
    are_out = False
    if fulfilment.status != "review":
        begin_cancelling(fulfilment=fulfilment, actor=actor, reason=reason, at=at)
        are_out = fulfilment.is_ticketed and tickets_are_out(fulfilment.pk)
    if not are_out:
        finish_cancelling(fulfilment=fulfilment, order=order, actor=actor, reason=reason, at=at)
    lock_payment(EscrowHold.objects.values_list("payment_id", flat=True).get(fulfilment=fulfilment))
    hold = lock_hold(fulfilment)
    if hold is not None and hold.status == "returned":
        return  # its money is with the buyer already; only the pieces were missing from the shelf
    if hold is None or hold.status != "held":
        raise CannotCancel(f"its money is {hold.status if hold else 'gone'}")
    if not are_out:
        refund_hold(hold=hold, cause=cause, actor=actor, reason=reason, at=at)
