"""Razorpay's events about disputes: what was deducted of our balance is a level there, and movements here."""

from __future__ import annotations

from typing import Any

from config.calls.fields import text_or_empty
from config.inbox.contract import Handled
from payments.gateways.razorpay.disputes import dispute_view
from payments.webhooks.context import Context
from payments.webhooks.disputes import translate_dispute


def translate(context: Context) -> Handled:
    """`payment.dispute.created`, `.under_review`, `.action_required`, `.won`, `.lost` and `.closed`.

    The name of the event is not believed for money: what its object says is deducted is booked, whichever comes first.
    """
    payment: Any = context.obj.get("payment")
    order_id = text_or_empty(payment, "order_id") if payment is not None else ""
    view = dispute_view(context.obj.get("dispute"), livemode=context.event.livemode, gateway_payment_id=order_id)
    return translate_dispute(context, view)
