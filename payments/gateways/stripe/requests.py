"""The bodies of our requests to Stripe. Pure: the same values always give the same body, as idempotency keys demand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from config.kernel.money import Money
from payments.gateways.contract import NewPayment
from payments.gateways.stripe.amounts import to_wire
from payments.gateways.stripe.views.marks import CALL_MARK, ORDER_MARK, PAYMENT_MARK, REFUND_MARK

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams, RefundCreateParams
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

# A session lives 30 minutes to 24 hours, counted by Stripe's clock from when the request arrives. [SDK _session.py]
# The margin is for the way there and for clocks that differ.
SHORTEST_SESSION: Final = timedelta(minutes=30)
LONGEST_SESSION: Final = timedelta(hours=24)
CLOCK_MARGIN: Final = timedelta(minutes=2)

# The charge, and the movement that dates its capture and names its fee.
INTENT_EXPANSIONS: Final = ["latest_charge.balance_transaction"]
SESSION_EXPANSIONS: Final = ["payment_intent.latest_charge.balance_transaction"]


def marks(new: NewPayment) -> dict[str, str]:
    """Our ids, which travel with the object and come back with every event about it."""
    return {PAYMENT_MARK: new.our_id, CALL_MARK: new.call_id, ORDER_MARK: new.order_id}


def intent_params(new: NewPayment) -> PaymentIntentCreateParams:
    """A PaymentIntent that the customer confirms in the browser, by whatever way of paying the account has enabled; or
    one over a saved method, which is confirmed by a request of its own and may send nobody to another page."""
    params: PaymentIntentCreateParams = {
        "amount": to_wire(new.amount),
        "currency": new.amount.currency.lower(),
        "automatic_payment_methods": {"enabled": True},
        "metadata": marks(new),
    }
    if new.method_id:
        params["automatic_payment_methods"]["allow_redirects"] = "never"
        params["customer"] = new.customer_id
        params["payment_method"] = new.method_id
    if new.capture_manually:
        params["capture_method"] = "manual"
    return params


def session_params(new: NewPayment) -> SessionCreateParams:
    """A hosted checkout page. Session metadata does not reach the PaymentIntent, so it is given to both."""
    params: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": new.our_id,
        "metadata": marks(new),
        "payment_intent_data": {"metadata": marks(new)},
        "line_items": line_items(new),
        "success_url": new.success_url,
    }
    if new.cancel_url:
        params["cancel_url"] = new.cancel_url
    if new.capture_manually:
        params["payment_intent_data"]["capture_method"] = "manual"
    if new.email:
        params["customer_email"] = new.email
    expires_at = session_expiry(new)
    if expires_at is not None:
        params["expires_at"] = int(expires_at.timestamp())
    return params


def refund_params(
    *, our_id: str, key: str, gateway_payment_id: str, charge_id: str, amount: Money
) -> RefundCreateParams:
    """A refund of a PaymentIntent, or of the bare charge where there is none."""
    params: RefundCreateParams = {
        "amount": to_wire(amount),
        "metadata": {REFUND_MARK: our_id, CALL_MARK: key},
    }
    if gateway_payment_id:
        params["payment_intent"] = gateway_payment_id
    else:
        params["charge"] = charge_id
    return params


def line_items(new: NewPayment) -> list[SessionCreateParamsLineItem]:
    """The lines that the page shows. Where they do not add up to the amount, one line that does: the amount is due."""
    shown = [(item.name, item.unit, item.quantity) for item in new.items]
    if sum(unit.amount_minor * quantity for _, unit, quantity in shown) != new.amount.amount_minor:
        shown = []
    return [
        {
            "price_data": {
                "currency": new.amount.currency.lower(),
                "unit_amount": to_wire(unit),
                "product_data": {"name": name},
            },
            "quantity": quantity,
        }
        for name, unit, quantity in shown or [(f"Order {new.order_id}", new.amount, 1)]
    ]


def session_expiry(new: NewPayment) -> datetime | None:
    """When the page closes: `expires_at`, brought within what Stripe allows after `opened_at`; None is Stripe's 24 h.

    Brought up to 30 minutes it outlives a shorter reservation, whose end must close it (cancel_payment).
    """
    if new.expires_at is None or new.opened_at is None:
        return new.expires_at
    earliest = new.opened_at + SHORTEST_SESSION + CLOCK_MARGIN
    latest = new.opened_at + LONGEST_SESSION - CLOCK_MARGIN
    return min(max(new.expires_at, earliest), latest)
