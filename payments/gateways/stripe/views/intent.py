"""Translates a PaymentIntent of the old or the new shape."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from config.calls.fields import JSON, flag, instant, part, text, text_or_empty, unreadable
from payments.gateways.failures import GatewayFailure
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.gateways.stripe.fields import a, expanded, id_of, listed, mark, money
from payments.gateways.stripe.views.charge import capture_from_charge, fingerprint_of, way_of_paying
from payments.gateways.stripe.views.marks import CALL_MARK, PAYMENT_MARK

_INTENT_STATES: Final = {
    "requires_payment_method": PaymentState.PENDING,
    "requires_confirmation": PaymentState.PENDING,
    "requires_action": PaymentState.PENDING,
    "processing": PaymentState.PROCESSING,
    "requires_capture": PaymentState.AUTHORIZED,
    "succeeded": PaymentState.CAPTURED,
    "canceled": PaymentState.CANCELLED,
}

# Reasons that Stripe gives when it cancels an uncaptured PaymentIntent itself. [SDK _payment_intent.py]
_RAN_OUT: Final = frozenset({"automatic", "expired"})


def payment_from_intent(obj: object, *, session_id: str = "", seen_at: datetime | None = None) -> PaymentView:
    """A PaymentIntent. `seen_at` is when it looked so (an event's `created`): it dates a capture that nothing else
    dates. Raises UnreadableObject."""
    intent = a("payment_intent", obj)
    charges = _charges_of(intent)
    way = way_of_paying(charges)
    state = _intent_state(intent)
    return PaymentView(
        gateway_payment_id=text(intent, "id"),
        session_id=session_id,
        our_id=mark(intent, PAYMENT_MARK),
        call_id=mark(intent, CALL_MARK),
        state=state,
        amount=money(intent, "amount"),
        captures=_captures_of(intent, charges, state, seen_at),
        authorized_minor=money(intent, "amount_capturable").amount_minor if state is PaymentState.AUTHORIZED else 0,
        livemode=flag(intent, "livemode"),
        created_at=instant(intent, "created"),
        client_secret=text_or_empty(intent, "client_secret"),
        redirect_url=text_or_empty(part(part(intent, "next_action"), "redirect_to_url"), "url"),
        failure=_failure_of(part(intent, "last_payment_error")),
        method=way.method,
        network=way.network,
        last4=way.last4,
        fingerprint=way.fingerprint or _tried(part(intent, "last_payment_error")),
    )


def _tried(error: JSON) -> str:
    """The fingerprint of the card that was tried in vain."""
    return fingerprint_of(part(part(error, "payment_method"), "card"))


def _intent_state(intent: JSON) -> PaymentState:
    status = text(intent, "status")
    state = _INTENT_STATES.get(status)
    if state is None:
        raise unreadable(intent, "status")
    if status == "requires_payment_method" and part(intent, "last_payment_error"):
        return PaymentState.FAILED
    if state is PaymentState.CANCELLED and text_or_empty(intent, "cancellation_reason") in _RAN_OUT:
        return PaymentState.EXPIRED
    return state


def _charges_of(intent: JSON) -> list[JSON]:
    """The PaymentIntent's charges, newest first, as far as it carries them."""
    latest = expanded(intent, "latest_charge")
    return [latest] if latest is not None else list(listed(intent, "charges"))


def _captures_of(
    intent: JSON, charges: list[JSON], state: PaymentState, seen_at: datetime | None
) -> tuple[CaptureFact, ...]:
    """What was taken. While the PaymentIntent itself has not succeeded, no charge inside it is believed to be money."""
    if state is not PaymentState.CAPTURED:
        return ()
    if charges:
        found = (capture_from_charge(charge, seen_at=seen_at) for charge in charges)
        return tuple(capture for capture in found if capture is not None)
    charge_id = id_of(intent, "latest_charge")
    if not charge_id:
        return ()
    at = seen_at or instant(intent, "created")
    return (CaptureFact(charge_id=charge_id, amount=money(intent, "amount_received"), at=at),)


def _failure_of(error: JSON) -> GatewayFailure | None:
    """Why the last attempt failed, from `last_payment_error`. It may stand beside a state that is not FAILED."""
    if not error:
        return None
    return GatewayFailure(
        code=text_or_empty(error, "code") or text_or_empty(error, "type") or "unknown",
        detail=text_or_empty(error, "message"),
        decline_code=text_or_empty(error, "decline_code"),
        advice_code=text_or_empty(error, "advice_code"),
        field=text_or_empty(error, "param"),
    )
