"""What a refusal means: for a change, and for a question."""

from __future__ import annotations

from typing import Any

import pytest

from config.calls.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from config.calls.outcomes import Outcome
from config.calls.wire import Reply
from config.kernel import clock
from orders.tickets.providers.sandbox.outcomes import error_of_read, failure_of, outcome_of


def reply(status: int, **body: Any) -> Reply:
    return Reply(status=status, body=body, is_object=True, at=clock.now())


class TestOutcomeOf:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (400, Outcome.DECLINED), (404, Outcome.DECLINED), (408, Outcome.UNKNOWN), (409, Outcome.DECLINED),
            (422, Outcome.DECLINED), (429, Outcome.NOT_EXECUTED), (500, Outcome.UNKNOWN), (503, Outcome.UNKNOWN),
            (302, Outcome.UNKNOWN), (200, Outcome.UNKNOWN),
        ],
    )  # fmt: skip
    def test_only_what_was_surely_not_executed_may_be_sent_again(self, status: int, outcome: Outcome) -> None:
        assert outcome_of(reply(status, code="x"))[0] is outcome

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_key_calls_a_person(self, status: int) -> None:
        with pytest.raises(GatewayMisconfigured):
            outcome_of(reply(status))


class TestErrorOfRead:
    def test_only_the_providers_own_word_says_that_there_is_nothing(self) -> None:
        assert error_of_read(reply(404, code="not_found")) is None
        assert isinstance(error_of_read(reply(404)), QuestionRefused)

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, QuestionRefused), (401, GatewayMisconfigured), (403, GatewayMisconfigured), (408, GatewayUnreachable),
            (429, GatewayUnreachable), (500, GatewayUnreachable), (200, GatewayUnreachable),
        ],
    )  # fmt: skip
    def test_anything_else_says_nothing_of_the_transfer(self, status: int, kind: type[Exception]) -> None:
        assert isinstance(error_of_read(reply(status)), kind)


class TestFailureOf:
    def test_is_the_providers_code_and_words_or_the_status(self) -> None:
        assert failure_of(reply(422, code="expired_already", message="x" * 900)).code == "expired_already"
        assert len(failure_of(reply(422, code="c", message="x" * 900)).detail) == 500
        assert failure_of(reply(500, code=7, message=None)).code == "http_500"
