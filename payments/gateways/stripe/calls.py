"""Sends one request to Stripe and says what became of it: an Answer for a change, plain JSON for a read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import stripe

from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayUnreachable, UnreadableObject
from payments.gateways.payment_views import PaymentView
from payments.gateways.readings import Reading, understood
from payments.gateways.stripe.client import StripeConnection
from payments.gateways.stripe.fields import JSON
from payments.gateways.stripe.outcomes import error_body, error_of_read, outcome_of_error
from payments.gateways.stripe.views import payment_from_intent

Send = Callable[[stripe.StripeClient], Any]


def change(connection: StripeConnection, send: Send, read: Callable[[JSON], Reading]) -> Answer:
    """Sends a request that changes something. Raises nothing but GatewayMisconfigured."""
    try:
        answered = send(connection.client)
    except stripe.StripeError as error:
        return _answer_of_error(error, in_doubt=connection.http.in_doubt)
    response = getattr(answered, "last_response", None)
    raw = response.data if response is not None and isinstance(response.data, Mapping) else {}
    envelope = Answer(
        outcome=Outcome.UNKNOWN,
        http_status=response.code if response is not None else None,
        request_id=(response.request_id or "") if response is not None else "",
        raw=raw,
    )
    return understood(envelope, raw, read)


def look(connection: StripeConnection, send: Send) -> JSON | None:
    """Sends a read. None where there is no such object. Raises GatewayUnreachable, GatewayMisconfigured and
    QuestionRefused."""
    try:
        answered = send(connection.client)
    except stripe.StripeError as error:
        raised = error_of_read(error)
        if raised is None:
            return None
        raise raised from error
    response = getattr(answered, "last_response", None)
    if response is None or not isinstance(response.data, Mapping):
        raise GatewayUnreachable("Stripe's answer is not an object")
    return response.data


def _answer_of_error(error: stripe.StripeError, *, in_doubt: bool) -> Answer:
    outcome, failure = outcome_of_error(error, in_doubt=in_doubt)
    return Answer(
        outcome=outcome,
        failure=failure,
        payment=_payment_of(error),
        http_status=error.http_status,
        request_id=error.request_id or "",
        raw=error.json_body if isinstance(error.json_body, Mapping) else {},
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
