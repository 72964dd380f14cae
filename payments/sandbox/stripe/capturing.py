"""What becomes of an authorised payment: captured whole or in part, cancelled, or expired."""

from __future__ import annotations

from payments.sandbox.objects import Stored
from payments.sandbox.stripe import balance, charges, disputing, refunding
from payments.sandbox.stripe.amounts import shown
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.confirming import unexpected_state
from payments.sandbox.stripe.errors import invalid, wrong_state
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.session_progress import KIND as SESSION
from payments.sandbox.stripe.session_progress import follow

CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")


def capture(call: Call, intent: Stored, *, amount: int | None) -> None:
    """Captures `amount` (default: all); what is left of the authorisation goes back to the customer.

    The rest is a refund object without a balance transaction, as recorded in woocommerce-gateway-stripe issue 1073.
    """
    if intent.body["status"] != "requires_capture":
        raise unexpected_state(intent, "capture")
    capturable = intent.body["amount_capturable"]
    if amount is not None and amount > capturable:
        raise invalid(
            f"The amount to capture ({shown(amount, intent.body['currency'])}) is greater than the capturable amount "
            f"({shown(capturable, intent.body['currency'])})",
            param="amount_to_capture",
            code="amount_too_large",
        )
    charge = call.load(charges.KIND, intent.body["latest_charge"])
    captured = capturable if amount is None else amount
    previous = {"amount_captured": 0, "balance_transaction": None, "captured": False}
    charge.body["captured"] = True
    charge.body["amount_captured"] = captured
    balance.book_charge(call, charge)
    call.moved("captured", amount=captured, charge=charge, object_id=charge.id)
    call.clear_timer(charges.EXPIRY_TIMER, intent.id)
    intent.body["status"] = "succeeded"
    intent.body["amount_received"] = captured
    intent.body["amount_capturable"] = 0
    call.save(charge, intent)
    emit(call, "charge.captured", charge, previous=previous)
    if captured < capturable:
        refunding.release(call, charge, amount=capturable - captured)
    emit(call, "payment_intent.succeeded", intent)
    follow(call, intent)
    disputing.open_as_the_method_says(call, charge)


def cancel(call: Call, intent: Stored, *, reason: str | None, for_session: bool = False) -> None:
    """Closes the payment; an authorisation is released as a refund of a charge that was never captured.

    Stripe tells that with `charge.refunded` too, `captured` being false (odoo pull request 259230).
    """
    if intent.body["status"] not in CANCELABLE:
        raise unexpected_state(intent, "cancel")
    session = call.find(SESSION, intent.hidden.get("session"))
    if session is not None and session.body["status"] == "open" and not for_session:
        raise wrong_state(
            "You cannot cancel PaymentIntents created by Checkout. Expire the Checkout Session instead.",
            code="payment_intent_unexpected_state",
            payment_intent=intent.body,
        )
    authorised = intent.body["status"] == "requires_capture"
    _close(call, intent, reason=reason)
    if authorised:
        charge = call.load(charges.KIND, intent.body["latest_charge"])
        refunding.release(call, charge, amount=charge.body["amount"])
    emit(call, "payment_intent.canceled", intent)


def expire_authorisation(call: Call, intent: Stored) -> bool:
    """The time to capture is over: `charge.expired`, then `payment_intent.canceled`. False when there was none."""
    if intent.body["status"] != "requires_capture":
        return False
    charge = call.load(charges.KIND, intent.body["latest_charge"])
    _close(call, intent, reason="automatic")
    refunding.release(call, charge, amount=charge.body["amount"], event="charge.expired")
    emit(call, "payment_intent.canceled", intent)
    return True


def _close(call: Call, intent: Stored, *, reason: str | None) -> None:
    intent.body["status"] = "canceled"
    intent.body["canceled_at"] = call.now_s
    intent.body["cancellation_reason"] = reason
    intent.body["amount_capturable"] = 0
    intent.body["next_action"] = None
    call.clear_timer(charges.EXPIRY_TIMER, intent.id)
    call.save(intent)
