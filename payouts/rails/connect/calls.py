"""Sends one request to Stripe for the rail, in our account or in a payee's, and says what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import stripe

from config.calls.fields import JSON
from payments.gateways.contract import Outcome
from payments.gateways.failures import QuestionRefused
from payments.gateways.stripe import calls as stripe_calls
from payments.gateways.stripe.calls import Send, kept_of, kept_of_error
from payments.gateways.stripe.client import StripeConnection
from payments.gateways.stripe.outcomes import error_code, error_of_read, failure_of, outcome_of_error
from payouts.rails.connect.advice import GONE, advice_of
from payouts.rails.contract import RailAnswer, Reading
from payouts.rails.readings import understood


class AccountGone(QuestionRefused):
    """There is no such account, or it let go of us."""


def change(connection: StripeConnection, send: Send, read: Callable[[JSON], Reading]) -> RailAnswer:
    """Sends a request that changes something. Raises nothing but GatewayMisconfigured."""
    try:
        envelope = RailAnswer(outcome=Outcome.UNKNOWN, **kept_of(send(connection.client)))
    except stripe.StripeError as error:
        return _refused(error, in_doubt=connection.http.in_doubt)
    return _advised(understood(envelope, envelope.raw, read))


def look(connection: StripeConnection, send: Send) -> JSON | None:
    """Sends a read. None where there is no such object.

    Raises GatewayUnreachable, GatewayMisconfigured, QuestionRefused, and its own AccountGone where the payee's account
    let go of us, because then nobody can say what is there, and "nothing" would let the money be sent again.
    """
    return stripe_calls.look(connection, send, failure=_failure_of_read)


def is_gone(error: stripe.StripeError) -> bool:
    """Whether it is about the payee's account. It comes as a 403, as a wrong key of ours does."""
    return isinstance(error, stripe.PermissionError | stripe.InvalidRequestError) and error_code(error) == GONE


def _refused(error: stripe.StripeError, *, in_doubt: bool) -> RailAnswer:
    if is_gone(error):
        outcome, failure = (Outcome.UNKNOWN if in_doubt else Outcome.DECLINED), failure_of(error)
    else:
        outcome, failure = outcome_of_error(error, in_doubt=in_doubt)
    return _advised(RailAnswer(outcome=outcome, failure=failure, **kept_of_error(error)))


def _advised(answer: RailAnswer) -> RailAnswer:
    """What to do about a refusal follows from Stripe's code."""
    if answer.failure is None or answer.outcome is not Outcome.DECLINED:
        return answer
    return replace(answer, advice=advice_of(answer.failure.code))


def _failure_of_read(error: stripe.StripeError) -> Exception | None:
    if is_gone(error):
        return AccountGone("the payee's account at Stripe does not let us look into it")
    return error_of_read(error)
