"""Sends one request to Stripe and says what became of it: an Answer for a change, plain JSON for a read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import stripe

from config.calls.fields import JSON
from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayUnreachable, UnreadableObject
from payments.gateways.payment_views import PaymentView
from payments.gateways.readings import Reading, understood
from payments.gateways.stripe.client import StripeConnection
from payments.gateways.stripe.outcomes import error_body, error_of_read, outcome_of_error
from payments.gateways.stripe.views import payment_from_intent

Send = Callable[[stripe.StripeClient], Any]


def change(connection: StripeConnection, send: Send, read: Callable[[JSON], Reading]) -> Answer:
    """Sends a request that changes something. Raises nothing but GatewayMisconfigured."""
    try:
        envelope = Answer(outcome=Outcome.UNKNOWN, **kept_of(send(connection.client)))
    except stripe.StripeError as error:
        return _answer_of_error(error, in_doubt=connection.http.in_doubt)
    return understood(envelope, envelope.raw, read)


def look(
    connection: StripeConnection,
    send: Send,
    *,
    failure: Callable[[stripe.StripeError], Exception | None] = error_of_read,
) -> JSON | None:
    """Sends a read. None where there is no such object. Raises GatewayUnreachable, GatewayMisconfigured and
    QuestionRefused; or what `failure` makes of Stripe's error, None where that says that there is nothing."""
    try:
        answered = send(connection.client)
    except stripe.StripeError as error:
        raised = failure(error)
        if raised is None:
            return None
        raise raised from error
    response = getattr(answered, "last_response", None)
    if response is None or not isinstance(response.data, Mapping):
        raise GatewayUnreachable("Stripe's answer is not an object")
    return response.data


class Kept(TypedDict):
    """What the journal keeps of a call, whatever its object says."""

    http_status: int | None
    request_id: str
    raw: JSON


def kept_of(answered: object) -> Kept:
    """Of a good answer."""
    response = getattr(answered, "last_response", None)
    if response is None:
        return {"http_status": None, "request_id": "", "raw": {}}
    raw = response.data if isinstance(response.data, Mapping) else {}
    return {"http_status": response.code, "request_id": response.request_id or "", "raw": raw}


def kept_of_error(error: stripe.StripeError) -> Kept:
    """Of a refusal."""
    raw = error.json_body if isinstance(error.json_body, Mapping) else {}
    return {"http_status": error.http_status, "request_id": error.request_id or "", "raw": raw}


def _answer_of_error(error: stripe.StripeError, *, in_doubt: bool) -> Answer:
    outcome, failure = outcome_of_error(error, in_doubt=in_doubt)
    return Answer(
        outcome=outcome,
        failure=failure,
        payment=_payment_of(error),
        **kept_of_error(error),
    )


def _payment_of(error: stripe.StripeError) -> PaymentView | None:
    """The PaymentIntent that a refusal carries. It exists and must be known, though the call raised."""
    intent = error_body(error).get("payment_intent")
    if intent is None:
        return None
    try:
        return payment_from_intent(intent)
    except UnreadableObject:  # the refusal itself was understood; the object can be asked for by its id
        return None
