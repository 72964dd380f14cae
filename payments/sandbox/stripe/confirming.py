"""Confirmation: what happens when a payment method is tried, and when the customer or the bank answers later."""

from __future__ import annotations

from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.stripe import balance, charges, disputing
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError, card_error, wrong_state
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.payment_methods import KIND as METHOD
from payments.sandbox.stripe.payment_methods import trial_of
from payments.sandbox.stripe.session_progress import follow
from payments.sandbox.stripe.trial_methods import Decline

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
BANK_RETURNED = Decline(
    "payment_intent_payment_attempt_failed", None, "The customer's bank returned the payment for insufficient funds."
)
_NEEDS_AUTHENTICATION = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
_AUTHENTICATION_FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)


def confirm(
    call: Call,
    intent: Stored,
    method: Stored,
    *,
    off_session: bool = False,
    error_on_requires_action: bool = False,
    return_url: str | None = None,
) -> None:
    """Tries the method.

    Leaves the payment `succeeded`, `requires_capture`, `processing` or `requires_action`; raises StripeError 402 after
    a decline (the failed charge stays) and 400 when the payment may not be confirmed any more.
    """
    if intent.body["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "confirm")
    trial = trial_of(method)
    _check_type(intent, method)
    intent.body["payment_method"] = method.id
    intent.body["next_action"] = None
    intent.hidden["return_url"] = return_url or intent.hidden.get("return_url")
    asks = trial.authentication == "required" or (
        trial.authentication == "on_setup" and not _saved(method, off_session)
    )
    if asks and (off_session or error_on_requires_action):
        raise _declined(call, intent, method, _NEEDS_AUTHENTICATION)
    if asks:
        _ask_for_authentication(call, intent)
        return
    if trial.decline is not None:
        raise _declined(call, intent, method, trial.decline)
    if trial.settles_later:
        _start_processing(call, intent, method)
        return
    _succeed(call, intent, method)


def authenticate(call: Call, intent: Stored, *, succeeds: bool) -> None:
    """The customer's answer to 3-D Secure; a failure leaves the payment ready for another method, without a charge."""
    if intent.body["status"] != "requires_action":
        raise unexpected_state(intent, "authenticate")
    method = call.load(METHOD, intent.body["payment_method"])
    intent.body["next_action"] = None
    if succeeds:
        _succeed(call, intent, method)
        return
    intent.body["status"] = "requires_payment_method"
    intent.body["payment_method"] = None
    intent.body["last_payment_error"] = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": _AUTHENTICATION_FAILED,
        "payment_method": method.body,
        "type": "invalid_request_error",
    }
    call.save(intent)
    emit(call, "payment_intent.payment_failed", intent)
    follow(call, intent)


def finish(call: Call, intent: Stored, *, succeeds: bool) -> None:
    """The bank's answer to a payment that was `processing`."""
    if intent.body["status"] != "processing":
        raise unexpected_state(intent, "finish")
    charge = call.load(charges.KIND, intent.body["latest_charge"])
    intent.body["processing"] = None
    if succeeds:
        charges.mark_succeeded(charge)
        balance.book_charge(call, charge)
        call.moved("captured", amount=charge.body["amount"], charge=charge, object_id=charge.id)
        _close(intent, charge)
        call.save(charge, intent)
        emit(call, "charge.succeeded", charge)
        emit(call, "payment_intent.succeeded", intent)
    else:
        charges.mark_failed(charge, BANK_RETURNED)
        method = call.load(METHOD, intent.body["payment_method"])
        _reopen(intent, charge, method, BANK_RETURNED, type="invalid_request_error")
        call.save(charge, intent)
        emit(call, "charge.failed", charge)
        emit(call, "payment_intent.payment_failed", intent)
    follow(call, intent)


def unexpected_state(intent: Stored, verb: str) -> StripeError:
    """400 with the payment as it is, as Stripe sends it."""
    return wrong_state(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent.body['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent.body,
    )


def _saved(method: Stored, off_session: bool) -> bool:
    return off_session and bool(method.hidden.get("set_up"))


def _check_type(intent: Stored, method: Stored) -> None:
    allowed = intent.body["payment_method_types"]
    if not intent.hidden.get("types_are_restricted") or method.body["type"] in allowed:
        return
    raise wrong_state(
        f"The PaymentMethod provided ({method.body['type']}) is not allowed for this PaymentIntent.",
        code="payment_intent_incompatible_payment_method",
        payment_intent=intent.body,
    )


def _succeed(call: Call, intent: Stored, method: Stored) -> None:
    manual = intent.body["capture_method"] == "manual"
    charge = charges.make(call, intent, method, status="succeeded", captured=not manual)
    intent.body["latest_charge"] = charge.id
    intent.body["last_payment_error"] = None
    if manual:
        intent.body["status"] = "requires_capture"
        intent.body["amount_capturable"] = charge.body["amount"]
        call.moved("authorized", amount=charge.body["amount"], charge=charge, object_id=charge.id)
        call.set_timer(charges.EXPIRY_TIMER, intent.id, due_at=call.now + call.rules.authorization_lasts_s)
    else:
        call.moved("captured", amount=charge.body["amount"], charge=charge, object_id=charge.id)
        if intent.body["capture_method"] == "automatic_async":
            charges.book_later(call, charge)
        else:
            balance.book_charge(call, charge)
        _close(intent, charge)
    call.save(charge, intent)
    emit(call, "charge.succeeded", charge)
    emit(call, "payment_intent.amount_capturable_updated" if manual else "payment_intent.succeeded", intent)
    follow(call, intent)
    if not manual:
        disputing.open_as_the_method_says(call, charge)


def _close(intent: Stored, charge: Stored) -> None:
    intent.body["status"] = "succeeded"
    intent.body["amount_received"] = charge.body["amount_captured"]
    intent.body["amount_capturable"] = 0


def _start_processing(call: Call, intent: Stored, method: Stored) -> None:
    charge = charges.make(call, intent, method, status="pending", captured=True)
    call.save(charge)
    intent.body["latest_charge"] = charge.id
    intent.body["last_payment_error"] = None
    intent.body["status"] = "processing"
    call.save(intent)
    emit(call, "charge.pending", charge)
    emit(call, "payment_intent.processing", intent)
    follow(call, intent)


def _ask_for_authentication(call: Call, intent: Stored) -> None:
    secret = intent.body["client_secret"]
    page = f"{call.base_url}/stripe/pay/{intent.id}?client_secret={secret}"
    return_url = intent.hidden.get("return_url")
    action: dict[str, Any]
    if return_url:
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page}}
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page, "source": method_source(intent)},
        }
    intent.body["status"] = "requires_action"
    intent.body["next_action"] = action
    call.save(intent)
    emit(call, "payment_intent.requires_action", intent)
    follow(call, intent)


def method_source(intent: Stored) -> str:
    """The id that 3-D Secure goes by."""
    return "src_" + str(intent.id).removeprefix("pi_")


def _declined(call: Call, intent: Stored, method: Stored, decline: Decline) -> StripeError:
    charge = charges.make(call, intent, method, status="failed", captured=False, decline=decline)
    _reopen(intent, charge, method, decline, type="card_error")
    call.save(charge, intent)
    emit(call, "charge.failed", charge)
    emit(call, "payment_intent.payment_failed", intent)
    follow(call, intent)
    return card_error(
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        advice_code=decline.advice_code,
        charge=charge.id,
        payment_intent=intent.body,
        payment_method=method.body,
    )


def _reopen(intent: Stored, charge: Stored, method: Stored, decline: Decline, *, type: str) -> None:
    error = {
        "advice_code": decline.advice_code,
        "charge": charge.id,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": "https://stripe.com/docs/error-codes/" + decline.code.replace("_", "-"),
        "message": decline.message,
        "payment_method": method.body,
        "type": type,
    }
    intent.body["status"] = "requires_payment_method"
    intent.body["payment_method"] = None
    intent.body["latest_charge"] = charge.id
    intent.body["last_payment_error"] = {name: value for name, value in error.items() if value is not None}
