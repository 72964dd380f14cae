"""The bodies of our requests to Razorpay. Pure: the same values give the same body, as its refund key demands."""

from __future__ import annotations

from typing import Any

from config.kernel.money import Money
from payments.gateways.contract import NewPayment
from payments.gateways.razorpay.fields import CALL_MARK, ORDER_MARK, PAYMENT_MARK, REFUND_MARK


def order_body(new: NewPayment) -> dict[str, Any]:
    """An order, which the customer pays in Checkout. Our payment's id is its receipt, by which it is found again."""
    return {
        "amount": new.amount.amount_minor,
        "currency": new.amount.currency,
        "receipt": new.our_id,
        "payment_capture": not new.capture_manually,
        "notes": {PAYMENT_MARK: new.our_id, CALL_MARK: new.call_id, ORDER_MARK: new.order_id},
    }


def capture_body(amount: Money) -> dict[str, Any]:
    """A capture: all that was authorised, and in its currency."""
    return {"currency": amount.currency}


def refund_body(*, our_id: str, key: str, amount: Money) -> dict[str, Any]:
    """A refund by the usual way."""
    marks = {REFUND_MARK: our_id, CALL_MARK: key}
    return {"amount": amount.amount_minor, "speed": "normal", "receipt": our_id, "notes": marks}
