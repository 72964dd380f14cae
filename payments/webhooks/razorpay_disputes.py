"""Razorpay's events about disputes: what was deducted of our balance is a level there, and two movements here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from config.inbox.contract import Handled
from payments.disputes.models import DisputeMovement
from payments.gateways.dispute_views import DisputeMovement as Movement
from payments.gateways.dispute_views import DisputeState, DisputeView
from payments.gateways.fields import text_or_empty
from payments.gateways.razorpay.disputes import DEDUCTED, RETURNED, dispute_view
from payments.webhooks.context import Context
from payments.webhooks.disputes import translate_dispute

_OURS_AGAIN = (DisputeState.WON, DisputeState.INQUIRY_CLOSED)


def translate(context: Context) -> Handled:
    """`payment.dispute.created`, `.under_review`, `.action_required`, `.won`, `.lost` and `.closed`.

    The name of the event is not believed for money: what its object says is deducted is booked, whichever comes first.
    """
    payment: Any = context.obj.get("payment")
    order_id = text_or_empty(payment, "order_id") if payment is not None else ""
    view = dispute_view(context.obj.get("dispute"), livemode=context.event.livemode, gateway_payment_id=order_id)
    return translate_dispute(context, view, complete=lambda told: with_what_came_back(context, told))


def with_what_came_back(context: Context, view: DisputeView) -> DisputeView:
    """Decided for us with nothing deducted, what we know was deducted has come back: Razorpay tells it in no other way.
    (One that is lost, won and lost again is taken twice there, and once here: a person has to look.)"""
    if view.movements or view.state not in _OURS_AGAIN:
        return view
    taken = DisputeMovement.objects.filter(
        gateway_account__code=context.event.account, transaction_id=f"{view.dispute_id}{DEDUCTED}"
    ).first()
    if taken is None:
        return view
    amount = replace(view.amount, amount_minor=-taken.amount_minor)
    returned = Movement(
        transaction_id=f"{view.dispute_id}{RETURNED}", amount=amount, fee_minor=0, at=context.event.occurred_at
    )
    return replace(view, movements=(returned,))
