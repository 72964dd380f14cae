"""Sends one request to Stripe for the rail, in our account or in a payee's, and says what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import stripe

from payments.gateways.contract import Outcome
from payments.gateways.failures import UNREADABLE, GatewayFailure, GatewayUnreachable, QuestionRefused, UnreadableObject
from payments.gateways.stripe.calls import Send
from payments.gateways.stripe.client import StripeConnection
from payments.gateways.stripe.fields import JSON
from payments.gateways.stripe.outcomes import error_code, error_of_read, failure_of, outcome_of_error
from payouts.rails.connect.advice import GONE, advice_of
from payouts.rails.contract import DestinationView, PayoutView, RailAnswer, RailTransferView, ReversalView


class AccountGone(QuestionRefused):
    """There is no such account, or it let go of us."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the object in a good answer says of the call that returned it."""

    outcome: Outcome
    payout: PayoutView | None = None
    transfer: RailTransferView | None = None
    reversal: ReversalView | None = None
    destination: DestinationView | None = None
    failure: GatewayFailure | None = None


def change(connection: StripeConnection, send: Send, read: Callable[[JSON], Reading]) -> RailAnswer:
    """Sends a request that changes something. Raises nothing but GatewayMisconfigured."""
    try:
        answered = send(connection.client)
    except stripe.StripeError as error:
        return _refused(error, in_doubt=connection.http.in_doubt)
    response = getattr(answered, "last_response", None)
    raw = response.data if response is not None and isinstance(response.data, Mapping) else {}
    envelope = RailAnswer(
        outcome=Outcome.UNKNOWN,
        http_status=response.code if response is not None else None,
        request_id=(response.request_id or "") if response is not None else "",
        raw=raw,
    )
    try:
        reading = read(raw)
    except UnreadableObject as unreadable:  # it was executed all the same: what it made must be asked for
        return replace(envelope, failure=GatewayFailure(UNREADABLE, str(unreadable)))
    return replace(
        envelope,
        outcome=reading.outcome,
        payout=reading.payout,
        transfer=reading.transfer,
        reversal=reading.reversal,
        destination=reading.destination,
        failure=reading.failure,
        advice=advice_of(reading.failure.code) if reading.failure else None,
    )


def look(connection: StripeConnection, send: Send) -> JSON | None:
    """Sends a read. None where there is no such object.

    Raises GatewayUnreachable, GatewayMisconfigured, QuestionRefused, and its own AccountGone where the payee's account
    let go of us, because then nobody can say what is there, and "nothing" would let the money be sent again.
    """
    try:
        answered = send(connection.client)
    except stripe.StripeError as error:
        if is_gone(error):
            raise AccountGone("the payee's account at Stripe does not let us look into it") from error
        raised = error_of_read(error)
        if raised is None:
            return None
        raise raised from error
    response = getattr(answered, "last_response", None)
    if response is None or not isinstance(response.data, Mapping):
        raise GatewayUnreachable("Stripe's answer is not an object")
    return response.data


def is_gone(error: stripe.StripeError) -> bool:
    """Whether it is about the payee's account. It comes as a 403, as a wrong key of ours does."""
    return isinstance(error, stripe.PermissionError | stripe.InvalidRequestError) and error_code(error) == GONE


def _refused(error: stripe.StripeError, *, in_doubt: bool) -> RailAnswer:
    if is_gone(error):
        outcome, failure = (Outcome.UNKNOWN if in_doubt else Outcome.DECLINED), failure_of(error)
    else:
        outcome, failure = outcome_of_error(error, in_doubt=in_doubt)
    return RailAnswer(
        outcome=outcome,
        failure=failure,
        advice=advice_of(failure.code) if outcome is Outcome.DECLINED else None,
        http_status=error.http_status,
        request_id=error.request_id or "",
        raw=error.json_body if isinstance(error.json_body, Mapping) else {},
    )
