"""Objects in the shapes that Stripe sends, with values of our own: today's API version and that of 2020-08-27."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]

MADE_AT = 1_790_000_000  # 2026-09-21T14:13:20Z
PAID_AT = MADE_AT + 60
MARKS = {"payment": "pay_one", "call": "call_one", "order": "ord_one"}


def card(**over: Any) -> JSON:
    return {
        "brand": "visa",
        "network": "visa",
        "last4": "4242",
        "country": "IN",
        "exp_month": 4,
        "exp_year": 2031,
    } | over


def charge(**over: Any) -> JSON:
    """A charge of today: no refunds inside, the movement only by id."""
    return {
        "id": "ch_one",
        "object": "charge",
        "amount": 5_000,
        "amount_captured": 5_000,
        "amount_refunded": 0,
        "balance_transaction": "txn_one",
        "captured": True,
        "created": PAID_AT,
        "currency": "inr",
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(MARKS),
        "outcome": {"network_status": "approved_by_network", "reason": None, "type": "authorized"},
        "paid": True,
        "payment_intent": "pi_one",
        "payment_method_details": {"card": card(), "type": "card"},
        "refunded": False,
        "status": "succeeded",
    } | over


def old_charge(**over: Any) -> JSON:
    """A charge of 2020: carries the list of its refunds."""
    return charge(refunds={"object": "list", "data": [], "has_more": False, "url": "/v1/charges/ch_one/refunds"}) | over


def failed_charge(**over: Any) -> JSON:
    return (
        charge(
            id="ch_declined",
            amount_captured=0,
            balance_transaction=None,
            captured=False,
            failure_code="card_declined",
            failure_message="Your card has insufficient funds.",
            outcome={
                "network_status": "declined_by_network",
                "reason": "insufficient_funds",
                "type": "issuer_declined",
            },
            paid=False,
            status="failed",
        )
        | over
    )


def intent(**over: Any) -> JSON:
    """A PaymentIntent of today, not yet paid."""
    return {
        "id": "pi_one",
        "object": "payment_intent",
        "amount": 5_000,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": "pi_one_secret_two",
        "created": MADE_AT,
        "currency": "inr",
        "customer": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": dict(MARKS),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card", "upi"],
        "status": "requires_payment_method",
    } | over


def paid_intent(**over: Any) -> JSON:
    """As a webhook has it: the charge only by id."""
    return intent(status="succeeded", amount_received=5_000, latest_charge="ch_one", payment_method="pm_one") | over


def old_intent(*charges: JSON, **over: Any) -> JSON:
    """A PaymentIntent of 2020: its charges inside, newest first, and no latest_charge."""
    made = intent(charges={"object": "list", "data": list(charges), "has_more": False, "total_count": len(charges)})
    del made["latest_charge"]
    return made | over


def session(**over: Any) -> JSON:
    return {
        "id": "cs_test_one",
        "object": "checkout.session",
        "amount_subtotal": 5_000,
        "amount_total": 5_000,
        "cancel_url": "https://shop.example/back",
        "client_reference_id": "pay_one",
        "created": MADE_AT,
        "currency": "inr",
        "customer_details": None,
        "expires_at": MADE_AT + 3_600,
        "livemode": False,
        "metadata": dict(MARKS),
        "mode": "payment",
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "success_url": "https://shop.example/done",
        "ui_mode": "hosted_page",
        "url": "https://checkout.stripe.com/c/pay/cs_test_one",
    } | over


def refund(**over: Any) -> JSON:
    return {
        "id": "re_one",
        "object": "refund",
        "amount": 2_000,
        "balance_transaction": "txn_two",
        "charge": "ch_one",
        "created": PAID_AT + 3_600,
        "currency": "inr",
        "destination_details": {
            "card": {
                "reference": "74110006264000000000017",
                "reference_status": "available",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": {"refund": "rf_one", "call": "call_two"},
        "payment_intent": "pi_one",
        "reason": None,
        "status": "succeeded",
    } | over


def balance_transaction(**over: Any) -> JSON:
    return {
        "id": "txn_one",
        "object": "balance_transaction",
        "amount": 5_000,
        "available_on": PAID_AT + 172_800,
        "balance_type": "payments",
        "created": PAID_AT + 5,
        "currency": "inr",
        "exchange_rate": None,
        "fee": 177,
        "fee_details": [
            {"amount": 150, "application": None, "currency": "inr", "description": "Stripe fee", "type": "stripe_fee"},
            {"amount": 27, "application": None, "currency": "inr", "description": "GST", "type": "tax"},
        ],
        "net": 4_823,
        "reporting_category": "charge",
        "source": "ch_one",
        "status": "pending",
        "type": "charge",
    } | over


def event(id_: str, type_: str, obj: JSON, *, created: int = PAID_AT) -> JSON:
    return {
        "id": id_,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created,
        "data": {"object": obj},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": "call_one"},
        "type": type_,
    }


def page(*items: JSON, has_more: bool = False) -> JSON:
    return {"object": "list", "data": list(items), "has_more": has_more, "url": "/v1/things"}


def dispute_movement(**over: Any) -> JSON:
    """What a chargeback took from our balance, with its fee."""
    return (
        balance_transaction()
        | {
            "id": "txn_taken",
            "amount": -5_000,
            "fee": 1_500,
            "fee_details": [
                {"amount": 1_500, "currency": "inr", "description": "Dispute fee", "type": "stripe_fee"},
            ],
            "net": -6_500,
            "source": "dp_one",
            "type": "adjustment",
        }
        | over
    )


def dispute(**over: Any) -> JSON:
    """A dispute of today, whose money is withdrawn."""
    return {
        "id": "dp_one",
        "object": "dispute",
        "amount": 5_000,
        "balance_transactions": [dispute_movement()],
        "charge": "ch_one",
        "created": PAID_AT + 3_600,
        "currency": "inr",
        "evidence": {"uncategorized_text": None},
        "evidence_details": {
            "due_by": PAID_AT + 864_000,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": "pi_one",
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": "fraudulent",
        "status": "needs_response",
    } | over
