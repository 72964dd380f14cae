"""Signed deliveries of a PaymentIntent that succeeded, in the shape and size in which Stripe sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

API_VERSION = "2026-10-28.endive"


def succeeded(*, number: int, payment_id: str, intent_id: str, amount_minor: int, currency: str, at_s: int) -> bytes:
    """The body of one `payment_intent.succeeded`. `number` makes event and charge ids unique; `at_s` is since 1970."""
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount_minor,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": amount_minor,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_bAxQ1tm7Ck2LrjPmn0cW3yK9d",
        "confirmation_method": "automatic",
        "created": at_s,
        "currency": currency.lower(),
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": f"ch_3Bench{number:020}",
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": {
            "payment": payment_id,
            "call": "call_0000000000000000000000",
            "order": "ord_0000000000000000000000",
        },
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": "pm_1BenchMarkCardVisa000000",
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }
    event: dict[str, Any] = {
        "id": f"evt_3Bench{number:020}",
        "object": "event",
        "api_version": API_VERSION,
        "created": at_s,
        "data": {"object": intent},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_BenchMark0000", "idempotency_key": f"{number:032x}"},
        "type": "payment_intent.succeeded",
    }
    return json.dumps(event, indent=2).encode()


def signature(*, body: bytes, secret: str, at_s: int) -> str:
    """The value of Stripe-Signature. Source: docs.stripe.com/webhooks#verify-manually."""
    signed = hmac.new(secret.encode(), str(at_s).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={signed}"


def delivery(*, path: str, body: bytes, secret: str, at_s: int) -> bytes:
    """The whole HTTP request, as bytes for a socket that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
        "Accept: */*; q=0.5, application/xml\r\n"
        "Cache-Control: no-cache\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Stripe-Signature: {signature(body=body, secret=secret, at_s=at_s)}\r\n"
        "\r\n"
    )
    return head.encode() + body
