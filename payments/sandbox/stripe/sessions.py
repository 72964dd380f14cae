"""Checkout Sessions: made by the API, paid on the hosted page, expired by time or by call."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.stripe import capturing, confirming, customers, intents
from payments.sandbox.stripe.amounts import check_amount
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import invalid, missing_parameter, wrong_state
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.line_items import read_lines
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import Params, merge_metadata
from payments.sandbox.stripe.payment_methods import obtain
from payments.sandbox.stripe.session_progress import EXPIRY_TIMER, KIND

SHORTEST_S = 30 * 60
LONGEST_S = 24 * 60 * 60
_PAYMENT_TEXTS = (
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_WRITABLE = (
    "mode", "line_items", "success_url", "cancel_url", "client_reference_id", "customer", "customer_email",
    "payment_intent_data", "metadata", "expires_at", "ui_mode", "locale", "submit_type",
)  # fmt: skip
# Taken and left without effect: what they steer is not here.
_TAKEN = (
    "allowed_payment_method_types", "excluded_payment_method_types", "payment_method_options", "automatic_tax",
    "billing_address_collection", "customer_creation", "phone_number_collection", "allow_promotion_codes", "currency",
    "branding_settings", "custom_text", "adaptive_pricing", "invoice_creation", "consent_collection",
)  # fmt: skip


def create(call: Call) -> dict[str, Any]:
    """A hosted session in `payment` mode; its PaymentIntent is made when the customer first pays."""
    params = call.params
    params.only(*_WRITABLE, *_TAKEN)
    if params.choice("mode", "payment", "setup", "subscription") not in (None, "payment"):
        raise invalid("The sandbox serves Checkout in payment mode only.", param="mode")
    if params.text("ui_mode") not in (None, "hosted_page"):
        raise invalid("The sandbox serves the hosted page only.", param="ui_mode")
    success_url = params.text("success_url")
    if success_url is None:
        raise missing_parameter("success_url")
    lines = read_lines(call)
    total = sum(line["amount_total"] for line in lines)
    check_amount(amount=total, currency=lines[0]["currency"], param="line_items")
    session = Stored(
        kind=KIND,
        id=new_id(prefix="cs_test", length=60),
        created_s=call.now_s,
        body={},
        hidden={"lines": lines, "payment": _payment_data(params)},
    )
    session.body = {
        **_defaults(),
        "id": session.id,
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": params.text("cancel_url"),
        "client_reference_id": params.text("client_reference_id", limit=200),
        "created": call.now_s,
        "currency": lines[0]["currency"],
        "customer": customers.existing(call, params.text("customer")),
        "customer_email": params.text("customer_email", limit=800),
        "expires_at": _expiry(call),
        "locale": params.text("locale"),
        "metadata": merge_metadata({}, params),
        "submit_type": params.text("submit_type"),
        "success_url": success_url,
        "url": f"{call.base_url}/stripe/pay/{session.id}",
    }
    call.objects.add(session, labels={"customer": session.body["customer"], "status": "open"})
    call.set_timer(EXPIRY_TIMER, session.id, due_at=session.body["expires_at"])
    return session.body


def retrieve(call: Call, session_id: str) -> dict[str, Any]:
    """GET of one session."""
    call.params.only()
    return call.load(KIND, session_id).body


def list_sessions(call: Call) -> dict[str, Any]:
    """Filters: `payment_intent`, `customer`, `status`, `created`."""
    names = ("payment_intent", "customer", "status")
    call.params.only(*PAGING, *names)
    return list_objects(call, kind=KIND, url="/v1/checkout/sessions", filters=label_filters(call.params, *names))


def line_items(call: Call, session_id: str) -> dict[str, Any]:
    """The lines in their order, paged by `limit` and `starting_after`."""
    call.params.only("limit", "starting_after")
    lines = call.load(KIND, session_id).hidden["lines"]
    after = call.params.text("starting_after")
    if after is not None:
        ids = [line["id"] for line in lines]
        if after not in ids:
            raise invalid(f"No such line item: '{after}'", param="starting_after", code="resource_missing")
        lines = lines[ids.index(after) + 1 :]
    limit = call.params.positive("limit") or 10
    return {
        "object": "list",
        "data": lines[:limit],
        "has_more": len(lines) > limit,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def expire(call: Call, session_id: str) -> dict[str, Any]:
    """POST to expire an open session."""
    call.params.only()
    session = call.load(KIND, session_id)
    close(call, session)
    return session.body


def close(call: Call, session: Stored) -> None:
    """Expires an open session and cancels the payment that was begun in it; raises 400 for any other session."""
    if session.body["status"] != "open":
        raise wrong_state(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session.body['status']}.",
            code="checkout_session_unexpected_state",
        )
    session.body["status"] = "expired"
    session.body["url"] = None
    call.clear_timer(EXPIRY_TIMER, session.id)
    call.objects.relabel(session, name="status", value="expired")
    call.save(session)
    intent = call.find(intents.KIND, session.body["payment_intent"])
    if intent is not None and intent.body["status"] in capturing.CANCELABLE:
        capturing.cancel(call, intent, reason="automatic", for_session=True)
    emit(call, "checkout.session.expired", session)


def pay(call: Call, session: Stored, *, method_name: str, email: str | None = None) -> Stored:
    """The customer tries a payment method on the hosted page; returns the payment.

    Raises StripeError: 402 after a decline (the session stays open), 400 when the session takes no money any more.
    """
    if session.body["status"] != "open":
        raise wrong_state(
            f"This Checkout Session has a status of {session.body['status']}.", code="checkout_session_unexpected_state"
        )
    intent = call.find(intents.KIND, session.body["payment_intent"]) or _begin(call, session)
    session.body["customer_details"] = {
        "address": {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": "94107", "state": None},
        "business_name": None,
        "email": email or session.body["customer_email"] or "buyer@example.com",
        "individual_name": None,
        "name": "Test Buyer",
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    call.save(session)
    method = obtain(call, method_name, customer=session.body["customer"])
    confirming.confirm(call, intent, method)
    return intent


def _begin(call: Call, session: Stored) -> Stored:
    data: dict[str, Any] = session.hidden["payment"]
    intent = intents.new_intent(
        call,
        amount=session.body["amount_total"],
        currency=session.body["currency"],
        capture_method=data["capture_method"],
        automatic=None,
    )
    intent.hidden["session"] = session.id
    intent.body["customer"] = session.body["customer"]
    intent.body["metadata"] = data["metadata"]
    intent.body["setup_future_usage"] = data["setup_future_usage"]
    for name in _PAYMENT_TEXTS:
        intent.body[name] = data[name]
    intents.store(call, intent)
    session.body["payment_intent"] = intent.id
    call.objects.relabel(session, name="payment_intent", value=intent.id)
    call.save(session)
    return intent


def _payment_data(params: Params) -> dict[str, Any]:
    """Session metadata does not travel to the payment: only what `payment_intent_data` says does."""
    given = params.inner("payment_intent_data") or Params({})
    given.only(*_PAYMENT_TEXTS, "metadata", "capture_method", "setup_future_usage")
    return {
        **{name: given.text(name) for name in _PAYMENT_TEXTS},
        "metadata": merge_metadata({}, given),
        "capture_method": given.choice("capture_method", "automatic", "automatic_async", "manual") or "automatic_async",
        "setup_future_usage": given.choice("setup_future_usage", "on_session", "off_session"),
    }


def _expiry(call: Call) -> int:
    expires_at = call.params.integer("expires_at")
    if expires_at is None:
        return call.now_s + LONGEST_S
    if expires_at < call.now_s + SHORTEST_S:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if expires_at > call.now_s + LONGEST_S:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return expires_at


def _defaults() -> dict[str, Any]:
    texts = ("shipping_address", "submit", "after_submit", "terms_of_service_acceptance")
    nothing = (
        "after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret",
        "collected_information", "consent", "consent_collection", "currency_conversion", "customer_account",
        "customer_details", "integration_identifier", "invoice", "origin_context", "payment_intent", "payment_link",
        "payment_method_configuration_details", "permissions", "recovered_from", "saved_payment_method_options",
        "setup_intent", "shipping_address_collection", "shipping_cost", "subscription", "wallet_options",
    )  # fmt: skip
    return {
        **dict.fromkeys(nothing),
        "object": KIND,
        "adaptive_pricing": {"enabled": False},
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": dict.fromkeys(texts),
        "customer_creation": "if_required",
        "discounts": [],
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        },
        "livemode": False,
        "managed_payments": {"enabled": False},
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }
