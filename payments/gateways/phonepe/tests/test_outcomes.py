"""What an answer that is not good means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.calls.wire import Reply
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from payments.gateways.phonepe.outcomes import error_of_read, failure_of, outcome_of


def reply(status: int, code: Any = "SOME_CODE", message: Any = "A message.") -> Reply:
    return Reply(status, {"code": code, "message": message}, True, datetime(2026, 11, 21, tzinfo=UTC))


class TestOutcomeOf:
    @pytest.mark.parametrize("status", [400, 404, 410, 417, 422])
    def test_a_refusal_is_one(self, status: int) -> None:
        outcome, failure = outcome_of(reply(status))
        assert (outcome, failure.code, failure.detail) == (Outcome.DECLINED, "SOME_CODE", "A message.")

    def test_too_many_requests_executed_nothing(self) -> None:
        assert outcome_of(reply(429))[0] is Outcome.NOT_EXECUTED

    @pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 302, 600])
    def test_everything_else_proves_nothing(self, status: int) -> None:
        assert outcome_of(reply(status))[0] is Outcome.UNKNOWN

    @pytest.mark.parametrize("status", [401, 403])
    def test_our_account_is_a_matter_for_a_person(self, status: int) -> None:
        with pytest.raises(GatewayMisconfigured):
            outcome_of(reply(status))


class TestErrorOfRead:
    @pytest.mark.parametrize("code", ["INVALID_MERCHANT_ORDER_ID", "INVALID_MERCHANT_REFUND_ID"])
    @pytest.mark.parametrize("status", [400, 404, 417])
    def test_absence_is_said_by_its_code(self, code: str, status: int) -> None:
        assert error_of_read(reply(status, code)) is None

    @pytest.mark.parametrize(("status", "code"), [(404, "NOT_FOUND"), (404, None), (400, "BAD_REQUEST"), (410, "GONE")])
    def test_a_bare_404_is_no_absence_for_what_is_absent_is_made_again(self, status: int, code: str | None) -> None:
        assert isinstance(error_of_read(reply(status, code)), QuestionRefused)

    @pytest.mark.parametrize("status", [429, 500, 503, 302, 200])
    def test_no_usable_answer_may_come_later(self, status: int) -> None:
        assert isinstance(
            error_of_read(reply(status, "INVALID_MERCHANT_ORDER_ID" if status >= 500 else "X")), GatewayUnreachable
        )

    @pytest.mark.parametrize("status", [401, 403])
    def test_our_account_is_a_matter_for_a_person(self, status: int) -> None:
        assert isinstance(error_of_read(reply(status)), GatewayMisconfigured)


class TestFailureOf:
    def test_has_a_code_where_there_is_none(self) -> None:
        assert failure_of(reply(502, None, None)).code == "http_502"
        assert failure_of(reply(502, 5, ["x"])) == failure_of(reply(502, "", None))

    def test_is_not_endless(self) -> None:
        assert len(failure_of(reply(400, "C", "x" * 5_000)).detail) == 500
