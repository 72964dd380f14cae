"""SetupIntents: a customer saves a way of paying, without paying."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Stored
from payments.sandbox.stripe import customers
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError, card_error, invalid, wrong_state
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import merge_metadata
from payments.sandbox.stripe.payment_methods import KIND as METHOD
from payments.sandbox.stripe.payment_methods import attach_to, obtain, trial_of
from payments.sandbox.stripe.trial_methods import Decline

KIND = "setup_intent"
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_WRITABLE = ("customer", "description", "metadata", "payment_method", "usage", "automatic_payment_methods")
# Taken and left without effect: what they steer is not here.
_TAKEN = ("return_url", "mandate_data", "use_stripe_sdk")
_NOT_AUTHENTICATED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this SetupIntent again."
)


def create(call: Call) -> dict[str, Any]:
    """POST of a new one; with `confirm=true` it is also tried."""
    params = call.params
    params.only(*_WRITABLE, *_TAKEN, "confirm")
    setup = Stored(kind=KIND, id=new_id(prefix="seti"), created_s=call.now_s, body={}, hidden={})
    setup.body = {
        "id": setup.id,
        "object": KIND,
        "application": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "cancellation_reason": None,
        "client_secret": f"{setup.id}_secret_{random_text(length=31)}",
        "created": call.now_s,
        "customer": customers.existing(call, params.text("customer")),
        "customer_account": None,
        "description": params.text("description"),
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merge_metadata({}, params),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.choice("usage", "off_session", "on_session") or "off_session",
    }
    _choose_method(call, setup)
    call.objects.add(setup, labels={"customer": setup.body["customer"]})
    emit(call, "setup_intent.created", setup)
    if params.flag("confirm"):
        try_method(call, setup)
    return setup.body


def retrieve(call: Call, setup_id: str) -> dict[str, Any]:
    """GET of one; also with a publishable key and its client secret."""
    call.params.only("client_secret")
    setup = call.load(KIND, setup_id)
    _check_client(call, setup)
    return setup.body


def list_setups(call: Call) -> dict[str, Any]:
    """Filters: `customer`, `created`."""
    call.params.only(*PAGING, "customer")
    return list_objects(call, kind=KIND, url="/v1/setup_intents", filters=label_filters(call.params, "customer"))


def confirm(call: Call, setup_id: str) -> dict[str, Any]:
    """With a secret key, or with a publishable one and the `client_secret`, as Stripe.js does."""
    call.params.only(*_TAKEN, "payment_method", "client_secret")
    setup = call.load(KIND, setup_id)
    _check_client(call, setup)
    if setup.body["status"] not in CONFIRMABLE:
        raise unexpected_state(setup, "confirm")
    _choose_method(call, setup)
    try_method(call, setup)
    return setup.body


def cancel(call: Call, setup_id: str) -> dict[str, Any]:
    """POST to close it; nothing can be saved through it any more."""
    reason = call.params.choice("cancellation_reason", "abandoned", "duplicate", "requested_by_customer")
    call.params.only("cancellation_reason")
    setup = call.load(KIND, setup_id)
    if setup.body["status"] not in CONFIRMABLE:
        raise unexpected_state(setup, "cancel")
    setup.body |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    call.save(setup)
    emit(call, "setup_intent.canceled", setup)
    return setup.body


def try_method(call: Call, setup: Stored) -> None:
    """Leaves it `succeeded` or `requires_action`; raises StripeError 402 where the bank refuses."""
    if setup.body["payment_method"] is None:
        raise wrong_state(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=setup.body,
        )
    method = call.load(METHOD, setup.body["payment_method"])
    trial = trial_of(method)
    setup.body["latest_attempt"] = new_id(prefix="setatt")
    setup.body["next_action"] = None
    if trial.decline is not None and not trial.can_be_saved:
        raise _declined(call, setup, method, trial.decline)
    if trial.authentication != "none":
        page = f"{call.base_url}/stripe/setup/{setup.id}"
        action = {"type": "three_d_secure_redirect", "stripe_js": page, "source": f"src_{setup.id}"}
        setup.body["status"] = "requires_action"
        setup.body["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": action}
        call.save(setup)
        emit(call, "setup_intent.requires_action", setup)
        return
    _succeed(call, setup, method)


def authenticate(call: Call, setup: Stored, *, succeeds: bool) -> None:
    """The customer's answer to 3-D Secure."""
    if setup.body["status"] != "requires_action":
        raise unexpected_state(setup, "authenticate")
    method = call.load(METHOD, setup.body["payment_method"])
    setup.body["next_action"] = None
    if succeeds:
        _succeed(call, setup, method)
        return
    error = {
        "code": "setup_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/setup-intent-authentication-failure",
        "message": _NOT_AUTHENTICATED,
        "payment_method": method.body,
        "type": "invalid_request_error",
    }
    _reopen(call, setup, error)


def unexpected_state(setup: Stored, verb: str) -> StripeError:
    """400 with the object as it is."""
    return wrong_state(
        f"You cannot {verb} this SetupIntent because it has a status of {setup.body['status']}.",
        code="setup_intent_unexpected_state",
        setup_intent=setup.body,
    )


def _succeed(call: Call, setup: Stored, method: Stored) -> None:
    setup.body["status"] = "succeeded"
    setup.body["last_setup_error"] = None
    method.hidden["set_up"] = True
    if setup.body["customer"] is not None:
        attach_to(call, method, customer=setup.body["customer"])
    call.save(method, setup)
    emit(call, "setup_intent.succeeded", setup)


def _declined(call: Call, setup: Stored, method: Stored, decline: Decline) -> StripeError:
    error = {
        "advice_code": decline.advice_code,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": "https://stripe.com/docs/error-codes/" + decline.code.replace("_", "-"),
        "message": decline.message,
        "payment_method": method.body,
        "type": "card_error",
    }
    _reopen(call, setup, {name: value for name, value in error.items() if value is not None})
    return card_error(
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        advice_code=decline.advice_code,
        setup_intent=setup.body,
        payment_method=method.body,
    )


def _reopen(call: Call, setup: Stored, error: dict[str, Any]) -> None:
    setup.body |= {"status": "requires_payment_method", "payment_method": None, "last_setup_error": error}
    call.save(setup)
    emit(call, "setup_intent.setup_failed", setup)


def _choose_method(call: Call, setup: Stored) -> None:
    name = call.params.text("payment_method")
    if name is not None:
        setup.body["payment_method"] = obtain(call, name).id
        setup.body["status"] = "requires_confirmation"
        setup.body["next_action"] = None


def _check_client(call: Call, setup: Stored) -> None:
    secret = call.params.text("client_secret")
    if (call.publishable or secret is not None) and secret != setup.body["client_secret"]:
        raise invalid(
            "The client_secret provided does not match any associated SetupIntent on this account.",
            param="client_secret",
            code="setup_intent_invalid_parameter",
        )
