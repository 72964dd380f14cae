"""The bodies of our requests to Razorpay. Pure: the same values give the same body, as its refund key demands."""

from __future__ import annotations

from typing import Any, Final

from config.calls.fields import JSON, text, whole
from config.kernel.money import Money
from payments.gateways.contract import NewPayment
from payments.gateways.razorpay.fields import (
    CALL_MARK,
    CUSTOMER_MARK,
    ORDER_MARK,
    PAYMENT_MARK,
    REFUND_MARK,
    SAVED_BY_MARK,
    SETUP_MARK,
    TOKEN_MARK,
    mark,
)
from payments.gateways.razorpay.tokens import ids_of

# A token is registered with a rupee that is authorised and let go. Up to this much is charged with nobody there, above
# it the bank wants the customer. Source: razorpay.com/docs/api/payments/recurring-payments/cards
REGISTRATION_MINOR: Final = 100
MOST_MINOR: Final = 1_500_000
NEVER_S: Final = 4_102_444_799  # a mandate needs an end: that of 2099; a card's own comes before it


def order_body(new: NewPayment) -> dict[str, Any]:
    """An order, which the customer pays in Checkout, or which a token of theirs is charged for by a request of its own.
    Our payment's id is its receipt, by which it is found again."""
    notes = {PAYMENT_MARK: new.our_id, CALL_MARK: new.call_id, ORDER_MARK: new.order_id}
    ids = ids_of(new.method_id)
    if ids is not None:
        notes |= {TOKEN_MARK: ids[0]} | ({SAVED_BY_MARK: new.setup_id} if new.setup_id else {})
    return {
        "amount": new.amount.amount_minor,
        "currency": new.amount.currency,
        "receipt": new.our_id,
        "payment_capture": not new.capture_manually,
        "notes": notes,
    }


def customer_body(*, our_id: str, key: str) -> dict[str, Any]:
    """A customer: their name is our id of them, in letters that a name may have, so that no two are the same."""
    marks = {CUSTOMER_MARK: our_id, CALL_MARK: key}
    return {"name": our_id.replace("_", "."), "fail_existing": "0", "notes": marks}


def registration_body(*, our_id: str, key: str, customer_id: str) -> dict[str, Any]:
    """An order whose payment registers a token, to be charged whenever something is due."""
    return {
        "amount": REGISTRATION_MINOR,
        "currency": "INR",
        "receipt": our_id,
        "customer_id": customer_id,
        "payment_capture": False,
        "token": {"max_amount": MOST_MINOR, "expire_at": NEVER_S, "frequency": "as_presented"},
        "notes": {SETUP_MARK: our_id, CALL_MARK: key, CUSTOMER_MARK: customer_id},
    }


def charge_body(*, order: JSON, token_id: str, customer_id: str, payer: tuple[str, str], key: str) -> dict[str, Any]:
    """A charge of the token, for all of the order."""
    email, contact = payer
    return {
        "email": email,
        "contact": contact,
        "amount": whole(order, "amount"),
        "currency": text(order, "currency"),
        "order_id": text(order, "id"),
        "customer_id": customer_id,
        "token": token_id,
        "recurring": True,
        "notes": {PAYMENT_MARK: mark(order, PAYMENT_MARK), CALL_MARK: key},
    }


def capture_body(amount: Money) -> dict[str, Any]:
    """A capture: all that was authorised, and in its currency."""
    return {"currency": amount.currency}


def refund_body(*, our_id: str, key: str, amount: Money) -> dict[str, Any]:
    """A refund by the usual way."""
    marks = {REFUND_MARK: our_id, CALL_MARK: key}
    return {"amount": amount.amount_minor, "speed": "normal", "receipt": our_id, "notes": marks}
