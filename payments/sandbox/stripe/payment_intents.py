"""PaymentIntents: the API's calls."""

from __future__ import annotations

from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.stripe import capturing, confirming, customers
from payments.sandbox.stripe.addresses import shipping_of
from payments.sandbox.stripe.amounts import check_amount, known_currency
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError, invalid, missing_parameter
from payments.sandbox.stripe.intents import KIND, new_intent, store
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import Params, merge_metadata
from payments.sandbox.stripe.payment_methods import check_usable, obtain

_CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
# Fields that a request may write straight into the object.
_TEXTS = (
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_WRITABLE = (
    *_TEXTS,
    "amount",
    "currency",
    "customer",
    "metadata",
    "payment_method",
    "setup_future_usage",
    "shipping",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
)
# Taken and left without effect: what they steer is not here.
_TAKEN = ("payment_method_options", "mandate", "mandate_data", "use_stripe_sdk", "radar_options", "return_url")
_CONFIRM_ONLY = ("off_session", "error_on_requires_action", "return_url")


def create(call: Call) -> dict[str, Any]:
    """With `confirm=true` also tries the method: a decline is then a 402, and the payment stays for another try."""
    params = call.params
    params.only(
        *_WRITABLE, *_TAKEN, *_CONFIRM_ONLY, "capture_method", "automatic_payment_methods", "confirm",
        "confirmation_method",
    )  # fmt: skip
    amount = params.positive("amount")
    if amount is None:
        raise missing_parameter("amount")
    currency = known_currency(params.required_text("currency"))
    check_amount(amount=amount, currency=currency)
    wants_confirm = params.flag("confirm")
    for name in _CONFIRM_ONLY:
        if name in params and not wants_confirm:
            raise invalid(f"You can only provide `{name}` with `confirm` set to `true`.", param=name)
    intent = new_intent(
        call,
        amount=amount,
        currency=currency,
        capture_method=params.choice("capture_method", *_CAPTURE_METHODS) or "automatic_async",
        automatic=_automatic(params),
    )
    _write(call, intent, params)
    _restrict_types(intent, params)
    _choose_method(call, intent, params)
    store(call, intent)
    if wants_confirm:
        _confirm(call, intent)
    return intent.body


def retrieve(call: Call, intent_id: str) -> dict[str, Any]:
    """GET of one payment; also with a publishable key and its client secret."""
    call.params.only("client_secret")
    intent = call.load(KIND, intent_id)
    check_client(call, intent)
    return intent.body


def update(call: Call, intent_id: str) -> dict[str, Any]:
    """Money and method can change only before the payment is tried; metadata and description always."""
    params = call.params
    params.only(*_WRITABLE, *_TAKEN)
    intent = call.load(KIND, intent_id)
    open_still = intent.body["status"] in confirming.CONFIRMABLE
    if not open_still and any(name in params for name in ("amount", "currency", "payment_method", "customer")):
        raise confirming.unexpected_state(intent, "update")
    _write(call, intent, params)
    check_amount(amount=intent.body["amount"], currency=intent.body["currency"])
    _restrict_types(intent, params)
    _choose_method(call, intent, params)
    call.objects.relabel(intent, name="customer", value=intent.body["customer"])
    call.save(intent)
    return intent.body


def confirm(call: Call, intent_id: str) -> dict[str, Any]:
    """With a secret key, or with a publishable one and the `client_secret`, as Stripe.js does."""
    params = call.params
    params.only(
        *_TAKEN, *_CONFIRM_ONLY, "payment_method", "client_secret", "receipt_email", "setup_future_usage", "shipping"
    )
    intent = call.load(KIND, intent_id)
    check_client(call, intent)
    if intent.body["status"] not in confirming.CONFIRMABLE:
        raise confirming.unexpected_state(intent, "confirm")
    _write(call, intent, params)
    _choose_method(call, intent, params)
    _confirm(call, intent)
    return intent.body


def capture(call: Call, intent_id: str) -> dict[str, Any]:
    """POST to capture an authorised payment, whole or in part."""
    params = call.params
    params.only("amount_to_capture", "final_capture", "metadata", "statement_descriptor", "statement_descriptor_suffix")
    amount = params.positive("amount_to_capture")
    if not params.flag("final_capture", default=True):
        raise invalid("This account cannot capture more than once.", param="final_capture")
    intent = call.load(KIND, intent_id)
    _write(call, intent, params)
    capturing.capture(call, intent, amount=amount)
    return intent.body


def cancel(call: Call, intent_id: str) -> dict[str, Any]:
    """POST to close a payment."""
    params = call.params
    params.only("cancellation_reason")
    reason = params.choice("cancellation_reason", "abandoned", "duplicate", "fraudulent", "requested_by_customer")
    intent = call.load(KIND, intent_id)
    capturing.cancel(call, intent, reason=reason)
    return intent.body


def list_intents(call: Call) -> dict[str, Any]:
    """Filters: `customer`, `created`."""
    call.params.only(*PAGING, "customer")
    filters = label_filters(call.params, "customer")
    return list_objects(call, kind=KIND, url="/v1/payment_intents", filters=filters)


def check_client(call: Call, intent: Stored) -> None:
    """A publishable key opens only the payment whose secret comes with it."""
    secret = call.params.text("client_secret")
    if (call.publishable or secret is not None) and secret != intent.body["client_secret"]:
        raise invalid(
            "The client_secret provided does not match any associated PaymentIntent on this account.",
            param="client_secret",
            code="payment_intent_invalid_parameter",
        )


def _confirm(call: Call, intent: Stored) -> None:
    params = call.params
    method_id = intent.body["payment_method"]
    if method_id is None:
        raise StripeError(
            status=400,
            type="invalid_request_error",
            code="payment_intent_unexpected_state",
            message="You cannot confirm this PaymentIntent because it's missing a payment method.",
            param="payment_method",
            payment_intent=intent.body,
        )
    _require_return_url(call, intent)
    confirming.confirm(
        call,
        intent,
        call.load("payment_method", method_id),
        off_session=params.text("off_session") not in (None, "false"),
        error_on_requires_action=params.flag("error_on_requires_action"),
        return_url=params.text("return_url"),
    )


def _require_return_url(call: Call, intent: Stored) -> None:
    automatic = intent.body["automatic_payment_methods"]
    redirects = automatic is not None and automatic.get("allow_redirects") != "never"
    if call.rules.require_return_url and redirects and call.params.text("return_url") is None:
        raise invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`.",
            param="return_url",
        )


def _automatic(params: Params) -> dict[str, Any] | None:
    """Dynamic payment methods are on unless a list of types is given."""
    given = params.inner("automatic_payment_methods")
    if given is None:
        if "allowed_payment_method_types" in params:
            return None
        return {"allow_redirects": "always", "enabled": True}
    given.only("enabled", "allow_redirects")
    enabled = given.flag("enabled")
    return {"allow_redirects": given.choice("allow_redirects", "always", "never") or "always", "enabled": enabled}


def _write(call: Call, intent: Stored, params: Params) -> None:
    body = intent.body
    for name in _TEXTS:
        if name in params:
            body[name] = params.text(name)
    if "amount" in params:
        body["amount"] = params.positive("amount") or body["amount"]
    if "currency" in params:
        body["currency"] = known_currency(params.required_text("currency"))
    if "customer" in params:
        body["customer"] = customers.existing(call, params.text("customer"))
    if "setup_future_usage" in params:
        body["setup_future_usage"] = params.choice("setup_future_usage", "off_session", "on_session")
    if "shipping" in params:
        body["shipping"] = shipping_of(params.inner("shipping"))
    body["metadata"] = merge_metadata(body["metadata"], params)


def _restrict_types(intent: Stored, params: Params) -> None:
    allowed = params.texts("allowed_payment_method_types")
    excluded = params.texts("excluded_payment_method_types")
    if allowed:
        intent.body["payment_method_types"] = allowed
        intent.hidden["types_are_restricted"] = True
    if excluded:
        intent.body["excluded_payment_method_types"] = excluded
        remaining = [each for each in intent.body["payment_method_types"] if each not in excluded]
        intent.body["payment_method_types"] = remaining
        intent.hidden["types_are_restricted"] = True


def _choose_method(call: Call, intent: Stored, params: Params) -> None:
    name = params.text("payment_method")
    if name is None:
        return
    method = obtain(call, name, customer=intent.body["customer"])
    check_usable(method, customer=intent.body["customer"])
    intent.body["payment_method"] = method.id
    if intent.body["status"] in confirming.CONFIRMABLE:
        intent.body["status"] = "requires_confirmation"
        intent.body["next_action"] = None
