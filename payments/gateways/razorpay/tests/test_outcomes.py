"""What an error means: executed, not executed, or nobody knows."""

from __future__ import annotations

import pytest

from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from payments.gateways.razorpay.client import RazorpayRefused, RazorpayUnanswered
from payments.gateways.razorpay.outcomes import error_of_read, outcome_of_error


def refused(status: int, code: str = "BAD_REQUEST_ERROR", **error: str) -> RazorpayRefused:
    body = {"error": {"code": code, "description": "No.", **error}} if code else None
    return RazorpayRefused(status=status, body=body, request_id="req_1")


class TestOfAChange:
    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (refused(400), Outcome.DECLINED),
            (refused(404), Outcome.DECLINED),
            (refused(422), Outcome.DECLINED),
            (refused(429), Outcome.NOT_EXECUTED),
            (refused(429, ""), Outcome.NOT_EXECUTED),
            (refused(409), Outcome.UNKNOWN),
            (refused(400, "GATEWAY_ERROR"), Outcome.UNKNOWN),
            (refused(400, "SERVER_ERROR"), Outcome.UNKNOWN),
            (refused(400, ""), Outcome.UNKNOWN),
            (refused(500), Outcome.UNKNOWN),
            (refused(502, "GATEWAY_ERROR"), Outcome.UNKNOWN),
            (refused(503, ""), Outcome.UNKNOWN),
            (RazorpayUnanswered("ReadTimeout", was_sent=True), Outcome.UNKNOWN),
            (RazorpayUnanswered("ConnectionError", was_sent=False), Outcome.NOT_EXECUTED),
        ],
    )
    def test_is(self, error: RazorpayRefused | RazorpayUnanswered, outcome: Outcome) -> None:
        found, failure = outcome_of_error(error)
        assert found is outcome
        assert failure.code

    @pytest.mark.parametrize("status", [401, 403])
    def test_our_key_is_a_matter_for_a_person(self, status: int) -> None:
        with pytest.raises(GatewayMisconfigured):
            outcome_of_error(refused(status))

    def test_tells_code_reason_and_field(self) -> None:
        _, failure = outcome_of_error(refused(400, reason="input_validation_failed", field="amount"))
        assert (failure.code, failure.decline_code, failure.field, failure.detail) == (
            "BAD_REQUEST_ERROR", "input_validation_failed", "amount", "No."
        )  # fmt: skip
        _, failure = outcome_of_error(RazorpayUnanswered("ReadTimeout", was_sent=True))
        assert (failure.code, failure.detail) == ("no_answer", "ReadTimeout")


class TestOfARead:
    @pytest.mark.parametrize(
        "error", [refused(404), refused(400, description="The id provided does not exist", reason="whatever")]
    )
    def test_what_is_not_there_is_none(self, error: RazorpayRefused) -> None:
        assert error_of_read(error) is None

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (refused(400), QuestionRefused),
            (refused(400, "GATEWAY_ERROR"), GatewayUnreachable),
            (refused(401), GatewayMisconfigured),
            (refused(409), GatewayUnreachable),
            (refused(429), GatewayUnreachable),
            (refused(500), GatewayUnreachable),
            (refused(404, ""), GatewayUnreachable),  # a proxy's page, not Razorpay's word
            (RazorpayUnanswered("x", was_sent=False), GatewayUnreachable),
        ],
    )
    def test_anything_else_is_not_nothing(
        self, error: RazorpayRefused | RazorpayUnanswered, kind: type[Exception]
    ) -> None:
        assert type(error_of_read(error)) is kind
