"""What became of a call that Stripe answered with an error, or not at all. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import stripe

from payments.gateways.contract import Outcome
from payments.gateways.failures import (
    NO_ANSWER,
    NOT_SENT,
    GatewayFailure,
    GatewayMisconfigured,
    GatewayUnreachable,
    QuestionRefused,
)

# Codes that come as a plain 400 but are about our account or our key, not about the request. [SDK _payment_intent.py]
ACCOUNT_CODES: Final = frozenset(
    {
        "account_closed",
        "account_invalid",
        "api_key_expired",
        "livemode_mismatch",
        "platform_account_required",
        "platform_api_key_expired",
        "secret_key_required",
        "testmode_charges_only",
        "tls_version_unsupported",
    }
)

MISSING: Final = "resource_missing"
LONGEST_DETAIL: Final = 500


def outcome_of_error(error: stripe.StripeError, *, in_doubt: bool) -> tuple[Outcome, GatewayFailure]:
    """The outcome of a mutating call, and why.

    `in_doubt`: an attempt of this same request may have been executed without our having its answer (client.py). Then
    an error that by itself would mean "nothing happened" proves nothing, and the outcome is UNKNOWN whatever it says.
    Raises GatewayMisconfigured where our key or account is refused and nothing was executed.
    """
    failure = failure_of(error)
    if in_doubt or isinstance(error, stripe.IdempotencyError):
        # The second: this key was used before with another body, and whatever that was may have been executed.
        return Outcome.UNKNOWN, failure
    if is_about_our_account(error):
        raise misconfigured(error)
    if isinstance(error, stripe.APIConnectionError):
        return Outcome.NOT_EXECUTED, replace(failure, code=NOT_SENT)
    if isinstance(error, stripe.RateLimitError):  # also lock_timeout: the object was busy, the request was not begun
        return Outcome.NOT_EXECUTED, failure
    if isinstance(error, stripe.CardError | stripe.InvalidRequestError):
        return Outcome.DECLINED, failure
    return Outcome.UNKNOWN, failure  # 409, 5xx, a body that is no JSON, and whatever Stripe invents next


def error_of_read(error: stripe.StripeError) -> Exception | None:
    """What a failed read raises; None where Stripe says that there is no such object."""
    if isinstance(error, stripe.InvalidRequestError) and (error.http_status == 404 or error_code(error) == MISSING):
        return None
    if is_about_our_account(error):
        return misconfigured(error)
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        failure = failure_of(error)
        return QuestionRefused(f"Stripe refuses the question: {failure.code} {failure.field}".rstrip())
    return GatewayUnreachable(f"Stripe gave no usable answer ({_where(error)})")


def is_about_our_account(error: stripe.StripeError) -> bool:
    """Wrong key, revoked key, or a thing that this account may not do."""
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return True
    return isinstance(error, stripe.InvalidRequestError) and error_code(error) in ACCOUNT_CODES


def misconfigured(error: stripe.StripeError) -> GatewayMisconfigured:
    """The error that asks for a person. Stripe's own message is left out: it quotes part of the key."""
    return GatewayMisconfigured(f"Stripe refuses our key or account: {error_code(error)} ({_where(error)})")


def failure_of(error: stripe.StripeError) -> GatewayFailure:
    """Code, decline code, field and Stripe's message; where there was no answer, a code of ours and what broke."""
    body = error_body(error)
    if isinstance(error, stripe.APIConnectionError):
        return GatewayFailure(code=NO_ANSWER, detail=type(error.__cause__).__name__ if error.__cause__ else "")
    return GatewayFailure(
        code=error_code(error),
        detail=_string(body, "message")[:LONGEST_DETAIL],
        decline_code=_string(body, "decline_code"),
        advice_code=_string(body, "advice_code"),
        field=_string(body, "param"),
    )


def error_code(error: stripe.StripeError) -> str:
    """Stripe's code. Most exceptions of the SDK leave `code` empty even where the body has one; the body is read."""
    body = error_body(error)
    return _string(body, "code") or _string(body, "type") or f"http_{error.http_status or 'none'}"


def error_body(error: stripe.StripeError) -> dict[str, Any]:
    """The `error` hash of the answer; empty when there was none."""
    body = error.json_body
    inner = body.get("error") if isinstance(body, dict) else None
    return inner if isinstance(inner, dict) else {}


def _string(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _where(error: stripe.StripeError) -> str:
    status = f"HTTP {error.http_status}" if error.http_status else "no HTTP answer"
    return f"{status}, request {error.request_id}" if error.request_id else status
