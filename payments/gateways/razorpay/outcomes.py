"""What became of a call that Razorpay answered with an error, or not at all. Pure."""

from __future__ import annotations

from typing import Final

from payments.gateways.contract import Outcome
from payments.gateways.failures import (
    NO_ANSWER,
    NOT_SENT,
    GatewayFailure,
    GatewayMisconfigured,
    GatewayUnreachable,
    QuestionRefused,
)
from payments.gateways.razorpay.client import RazorpayRefused, RazorpayUnanswered

Failed = RazorpayRefused | RazorpayUnanswered

LONGEST_DETAIL: Final = 500
# A bank or a server of Razorpay's broke while working on it, whatever the status says.
BROKE: Final = frozenset({"GATEWAY_ERROR", "SERVER_ERROR"})
# How a 400 says that there is no such object: its reason is the same as that of any other wrong input.
MISSING: Final = "does not exist"


def outcome_of_error(error: Failed) -> tuple[Outcome, GatewayFailure]:
    """The outcome of a mutating call, and why. Raises GatewayMisconfigured where our key is refused."""
    failure = failure_of(error)
    if isinstance(error, RazorpayUnanswered):
        return (Outcome.UNKNOWN if error.was_sent else Outcome.NOT_EXECUTED), failure
    if error.http_status in (401, 403):
        raise misconfigured(error)
    if error.http_status == 429:
        return Outcome.NOT_EXECUTED, failure
    # 409: this key is being worked on, or was used with another body; what that did is not known.
    if error.http_status == 409 or error.http_status >= 500 or error.code in BROKE or not error.code:
        return Outcome.UNKNOWN, failure
    return Outcome.DECLINED, failure


def error_of_read(error: Failed) -> Exception | None:
    """What a failed read raises; None where Razorpay says that there is no such object."""
    if isinstance(error, RazorpayUnanswered):
        return GatewayUnreachable(f"Razorpay gave no usable answer ({error})")
    if error.http_status in (401, 403):
        return misconfigured(error)
    if error.http_status in (409, 429) or error.http_status >= 500 or error.code in BROKE or not error.code:
        return GatewayUnreachable(f"Razorpay gave no usable answer (HTTP {error.http_status})")
    if error.http_status == 404 or MISSING in error.description:
        return None
    return QuestionRefused(f"Razorpay refuses the question: {error.reason or error.code} {error.field}".rstrip())


def misconfigured(error: RazorpayRefused) -> GatewayMisconfigured:
    """The error that asks for a person."""
    return GatewayMisconfigured(f"Razorpay refuses our key or account: {error.code} (HTTP {error.http_status})")


def failure_of(error: Failed) -> GatewayFailure:
    """Code, reason, field and Razorpay's words; where there was no answer, a code of ours and what broke."""
    if isinstance(error, RazorpayUnanswered):
        return GatewayFailure(code=NO_ANSWER if error.was_sent else NOT_SENT, detail=str(error))
    return GatewayFailure(
        code=error.code or f"http_{error.http_status}",
        detail=error.description[:LONGEST_DETAIL],
        decline_code=error.reason,
        field=error.field,
    )
