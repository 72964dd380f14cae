"""What the state of an object means for the call that asked for a change. Pure."""

from __future__ import annotations

from typing import Final

from config.kernel.money import Money
from payments.gateways.contract import GatewayFailure, Outcome, PaymentState, PaymentView, RefundState, RefundView
from payments.gateways.stripe.calls import Reading

# Refusals that are about where the PaymentIntent stands: it is looked at before the refusal is believed.
OTHER_STATE: Final = frozenset(
    {"payment_intent_unexpected_state", "intent_invalid_state", "charge_already_captured", "charge_expired_for_capture"}
)


def captured(view: PaymentView, amount: Money) -> Reading:
    """Of a capture of `amount`. That just this was captured is success, by whichever call it came about."""
    if view.state is PaymentState.CAPTURED:
        if sum(capture.amount.amount_minor for capture in view.captures) == amount.amount_minor:
            return Reading(Outcome.SUCCEEDED, payment=view)
        return Reading(Outcome.DECLINED, payment=view, failure=GatewayFailure("captured_otherwise"))
    if view.state is PaymentState.PROCESSING:
        return Reading(Outcome.PENDING, payment=view)
    if view.state is PaymentState.AUTHORIZED:  # neither taken nor refused: ask again
        return Reading(Outcome.UNKNOWN, payment=view, failure=GatewayFailure("still_authorized"))
    return Reading(Outcome.DECLINED, payment=view, failure=GatewayFailure(f"payment_is_{view.state}"))


def closed(view: PaymentView) -> Reading:
    """Of a cancellation. Closed is closed, by whichever call; anything else came too late."""
    if view.state in (PaymentState.CANCELLED, PaymentState.EXPIRED):
        return Reading(Outcome.SUCCEEDED, payment=view)
    return Reading(Outcome.DECLINED, payment=view, failure=GatewayFailure(f"payment_is_{view.state}"))


def refunded(view: RefundView) -> Reading:
    """Of a refund. One that Stripe made and at once gave up is declined; a later bounce is not this call's matter."""
    match view.state:
        case RefundState.SUCCEEDED:
            return Reading(Outcome.SUCCEEDED, refund=view)
        case RefundState.PENDING:
            return Reading(Outcome.PENDING, refund=view)
        case _:
            return Reading(Outcome.DECLINED, refund=view, failure=view.failure)
