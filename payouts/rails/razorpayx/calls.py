"""Sends one request to RazorpayX and says what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from config.calls.fields import JSON
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayFailure
from payments.gateways.razorpay.calls import Send, look, walk
from payments.gateways.razorpay.client import RazorpayClient, RazorpayRefused, RazorpayUnanswered
from payments.gateways.razorpay.outcomes import misconfigured, outcome_of_error
from payouts.rails.contract import Advice, RailAnswer, Reading
from payouts.rails.razorpayx.reasons import ENDED
from payouts.rails.readings import understood

KEY_HEADER: Final = "X-Payout-Idempotency"
# How a refusal says that our address is not on the account's list. Its status is not documented: see docs/payouts.md.
_ADDRESS_WORDS: Final = ("whitelist", "allowlist", "allow-list")


def change(client: RazorpayClient, send: Send, read: Callable[[JSON], Reading]) -> RailAnswer:
    """Sends a request that changes something. Raises nothing but GatewayMisconfigured."""
    try:
        answered = send(client)
    except (RazorpayRefused, RazorpayUnanswered) as error:
        return _failed(error)
    envelope = RailAnswer(
        outcome=Outcome.UNKNOWN, http_status=answered.http_status, request_id=answered.request_id, raw=dict(answered)
    )
    return understood(envelope, answered, read)


def _failed(error: RazorpayRefused | RazorpayUnanswered) -> RailAnswer:
    if isinstance(error, RazorpayRefused) and any(word in error.description.lower() for word in _ADDRESS_WORDS):
        raise misconfigured(error)
    outcome, failure = outcome_of_error(error)
    if isinstance(error, RazorpayUnanswered):
        return RailAnswer(outcome=outcome, failure=failure, http_status=error.http_status)
    if error.field == KEY_HEADER and outcome is Outcome.DECLINED:
        # The key was used with another body: what that one did is not known by this answer.
        outcome = Outcome.UNKNOWN
    return RailAnswer(
        outcome=outcome,
        failure=failure,
        advice=_advice(failure) if outcome is Outcome.DECLINED else None,
        http_status=error.http_status,
        request_id=error.request_id,
        raw={"error": error.error},
    )


def _advice(failure: GatewayFailure) -> Advice:
    """Of a request that was refused: with a reason of the payouts' table, else because of what was sent."""
    known = ENDED.get(failure.decline_code)
    if known is not None:
        return known.advice
    return Advice.FIX if failure.decline_code == "input_validation_failed" else Advice.ASK


def post(path: str, body: dict[str, Any], *, key: str = "") -> Send:
    """A request with a JSON body, and under a key where one is given."""
    headers = {KEY_HEADER: key} if key else {}
    return lambda client: client.request("post", f"/v1{path}", json=body, headers=headers)


def get(client: RazorpayClient, path: str, **params: Any) -> JSON | None:
    """A read of one object; None where there is no such object."""
    return look(client, lambda client: client.request("get", f"/v1{path}", params=params))


def each(client: RazorpayClient, path: str, **params: Any) -> Iterator[JSON]:
    """Every object of a collection, newest first."""
    return walk(client, lambda client, asked: client.request("get", f"/v1{path}", params=asked), params)
