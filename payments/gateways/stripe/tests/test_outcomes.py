"""What an error means for the call that got it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from payments.gateways.stripe.outcomes import (
    ACCOUNT_CODES,
    error_code,
    error_of_read,
    failure_of,
    outcome_of_error,
)

SDK: Any = stripe  # its exceptions take untyped arguments


def body(code: str | None = None, **more: Any) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "message": "A message.", "code": code} | more}


def invalid(code: str | None = None, status: int = 400, **more: Any) -> Any:
    return SDK.InvalidRequestError("A message.", None, code, None, status, body(code, **more), {"request-id": "req_1"})


def card(code: str = "card_declined", **more: Any) -> Any:
    return SDK.CardError("A message.", None, code, None, 402, body(code, **more), {"request-id": "req_1"})


def other(kind: type[stripe.StripeError], status: int, code: str | None = None) -> stripe.StripeError:
    return kind("A message.", None, status, body(code), {"request-id": "req_1"})


def no_answer() -> Any:
    return SDK.APIConnectionError("A message.")


MISCONFIGURED = [
    other(stripe.AuthenticationError, 401),
    other(stripe.PermissionError, 403),
    *(invalid(code) for code in sorted(ACCOUNT_CODES)),
]
JUDGED = [
    (invalid("parameter_missing"), Outcome.DECLINED),
    (invalid("amount_too_small"), Outcome.DECLINED),
    (invalid("charge_already_refunded"), Outcome.DECLINED),
    (invalid("charge_disputed"), Outcome.DECLINED),
    (invalid("balance_insufficient"), Outcome.DECLINED),
    (invalid("resource_missing", 404), Outcome.DECLINED),
    (invalid("payment_method_types_no_longer_supported"), Outcome.DECLINED),
    (card(), Outcome.DECLINED),
    (card("authentication_required"), Outcome.DECLINED),
    (other(stripe.RateLimitError, 429), Outcome.NOT_EXECUTED),
    (other(stripe.RateLimitError, 429, "lock_timeout"), Outcome.NOT_EXECUTED),
    (other(stripe.RateLimitError, 400, "rate_limit"), Outcome.NOT_EXECUTED),
    (no_answer(), Outcome.NOT_EXECUTED),
    (other(stripe.IdempotencyError, 400), Outcome.UNKNOWN),
    (other(stripe.APIError, 409, "idempotency_key_in_use"), Outcome.UNKNOWN),
    (other(stripe.APIError, 500), Outcome.UNKNOWN),
    (other(stripe.APIError, 503), Outcome.UNKNOWN),
    (other(stripe.APIError, 200), Outcome.UNKNOWN),  # a good status with a body that is no JSON
    (other(stripe.APIError, 429), Outcome.UNKNOWN),  # a proxy's 429, not Stripe's
    (other(stripe.APIError, 418), Outcome.UNKNOWN),
    (stripe.StripeError("A message."), Outcome.UNKNOWN),
]


def named(error: object) -> str:
    return f"{type(error).__name__}-{getattr(error, 'http_status', '')}-{getattr(error, 'code', '')}"


class TestOutcomeOfError:
    @pytest.mark.parametrize(("error", "outcome"), JUDGED, ids=named)
    def test_of_a_request_that_was_sent_once(self, error: stripe.StripeError, outcome: Outcome) -> None:
        assert outcome_of_error(error, in_doubt=False)[0] is outcome

    @pytest.mark.parametrize("error", [*(error for error, _ in JUDGED), *MISCONFIGURED], ids=named)
    def test_in_doubt_nothing_is_believed(self, error: stripe.StripeError) -> None:
        assert outcome_of_error(error, in_doubt=True)[0] is Outcome.UNKNOWN

    @pytest.mark.parametrize("error", MISCONFIGURED, ids=named)
    def test_our_key_or_account_is_a_matter_for_a_person(self, error: stripe.StripeError) -> None:
        with pytest.raises(GatewayMisconfigured, match="req_1"):
            outcome_of_error(error, in_doubt=False)

    def test_only_what_was_surely_not_begun_may_be_sent_again(self) -> None:
        again = {named(error) for error, outcome in JUDGED if outcome is Outcome.NOT_EXECUTED}
        assert again == {
            "RateLimitError-429-None",
            "RateLimitError-400-None",
            "APIConnectionError-None-None",
        }

    def test_a_request_that_never_left_says_so(self) -> None:
        assert outcome_of_error(no_answer(), in_doubt=False)[1].code == "not_sent"
        assert outcome_of_error(no_answer(), in_doubt=True)[1].code == "no_answer"


class TestFailureOf:
    def test_keeps_what_stripe_says(self) -> None:
        failure = failure_of(card(decline_code="insufficient_funds", param="amount"))
        assert (failure.code, failure.decline_code, failure.field) == ("card_declined", "insufficient_funds", "amount")
        assert failure.detail == "A message."

    def test_a_long_message_is_cut(self) -> None:
        assert len(failure_of(invalid("x", message="m" * 5_000)).detail) == 500

    @pytest.mark.parametrize("odd", [None, "text", ["list"], {"error": "text"}, {"error": {"code": 7, "message": []}}])
    def test_survives_any_body(self, odd: object) -> None:
        error = stripe.APIError("A message.", None, 500, odd, {})
        assert failure_of(error).code == "http_500"


class TestErrorCode:
    def test_is_read_from_the_body_where_the_exception_has_none(self) -> None:
        error = other(stripe.APIError, 409, "idempotency_key_in_use")
        assert error.code is None
        assert error_code(error) == "idempotency_key_in_use"

    def test_falls_back_to_the_type(self) -> None:
        assert error_code(invalid(None)) == "invalid_request_error"


class TestErrorOfRead:
    @pytest.mark.parametrize(
        "error", [invalid("resource_missing", 404), invalid(None, 404), invalid("resource_missing")]
    )
    def test_no_such_object_is_an_answer(self, error: stripe.StripeError) -> None:
        assert error_of_read(error) is None

    @pytest.mark.parametrize(
        ("error", "raised"),
        [
            (invalid("parameter_unknown"), QuestionRefused),
            (no_answer(), GatewayUnreachable),
            (other(stripe.APIError, 500), GatewayUnreachable),
            (other(stripe.APIError, 409), GatewayUnreachable),
            (other(stripe.RateLimitError, 429), GatewayUnreachable),
            *((error, GatewayMisconfigured) for error in MISCONFIGURED),
        ],
        ids=named,
    )
    def test_everything_else_is_raised(self, error: stripe.StripeError, raised: type[Exception]) -> None:
        assert type(error_of_read(error)) is raised

    def test_a_key_is_never_repeated(self) -> None:
        error = stripe.AuthenticationError(
            "Invalid API Key provided: sk_live_****1234", None, 401, body(message="sk_live_****1234"), {}
        )
        assert "sk_live" not in str(error_of_read(error))
        with pytest.raises(GatewayMisconfigured) as raised:
            outcome_of_error(error, in_doubt=False)
        assert "sk_live" not in str(raised.value)
