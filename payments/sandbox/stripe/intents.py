"""PaymentIntents as they are made, by the API or by a Checkout Session."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Stored
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.events import emit

KIND = "payment_intent"


def new_intent(
    call: Call, *, amount: int, currency: str, capture_method: str, automatic: dict[str, Any] | None
) -> Stored:
    """A PaymentIntent as it is made, not yet stored."""
    intent = Stored(kind=KIND, id=new_id(prefix="pi"), created_s=call.now_s, body={}, hidden={})
    card_options = {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    }
    intent.body = {
        "id": intent.id,
        "object": KIND,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": capture_method,
        "client_secret": f"{intent.id}_secret_{random_text(length=25)}",
        "confirmation_method": "automatic",
        "created": call.now_s,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": card_options},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    return intent


def store(call: Call, intent: Stored) -> None:
    """Stores a new PaymentIntent and tells of it."""
    call.objects.add(intent, labels={"customer": intent.body["customer"]})
    emit(call, "payment_intent.created", intent)
