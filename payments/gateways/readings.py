"""What an object, and its state, mean for the call that asked for a change. Pure; the same for every gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from config.calls.fields import JSON
from config.kernel.money import Money
from payments.gateways.contract import Answer, Outcome
from payments.gateways.dispute_views import DisputeView
from payments.gateways.failures import UNREADABLE, GatewayFailure, UnreadableObject
from payments.gateways.method_views import CustomerView, MethodView, SetupView
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.refund_views import RefundState, RefundView

# The bank wants the customer themself to say yes.
CUSTOMER_NEEDED: Final = "authentication_required"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the object in a good answer says of the call that returned it."""

    outcome: Outcome
    payment: PaymentView | None = None
    refund: RefundView | None = None
    dispute: DisputeView | None = None
    customer: CustomerView | None = None
    setup: SetupView | None = None
    method: MethodView | None = None
    failure: GatewayFailure | None = None


def understood(envelope: Answer, body: JSON, read: Callable[[JSON], Reading]) -> Answer:
    """The answer to a change that the gateway did not refuse. Where its object cannot be read the change was executed
    all the same, and what it made must be asked for."""
    try:
        reading = read(body)
    except UnreadableObject as error:
        return replace(envelope, outcome=Outcome.UNKNOWN, failure=GatewayFailure(UNREADABLE, str(error)))
    return answered(envelope, reading)


def answered(envelope: Answer, reading: Reading) -> Answer:
    """What the journal keeps of a call, with what its object says."""
    said: dict[str, Any] = {each.name: getattr(reading, each.name) for each in fields(Reading)}
    return replace(envelope, **said)


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


def confirmed(view: PaymentView) -> Reading:
    """Of a charge with nobody present. What waits for the customer was declined: nobody is there to go on with it."""
    match view.state:
        case PaymentState.CAPTURED | PaymentState.AUTHORIZED:
            return Reading(Outcome.SUCCEEDED, payment=view)
        case PaymentState.PROCESSING:
            return Reading(Outcome.PENDING, payment=view)
        case PaymentState.PENDING:
            return Reading(Outcome.DECLINED, payment=view, failure=GatewayFailure(CUSTOMER_NEEDED))
        case PaymentState.FAILED:
            return Reading(Outcome.DECLINED, payment=view, failure=view.failure)
        case _:
            return Reading(Outcome.DECLINED, payment=view, failure=GatewayFailure(f"payment_is_{view.state}"))


def refunded(view: RefundView) -> Reading:
    """Of a refund. One that was made and at once given up is declined; a later bounce is not this call's matter."""
    match view.state:
        case RefundState.SUCCEEDED:
            return Reading(Outcome.SUCCEEDED, refund=view)
        case RefundState.PENDING:
            return Reading(Outcome.PENDING, refund=view)
        case _:
            return Reading(Outcome.DECLINED, refund=view, failure=view.failure)
