"""Every call ends with an answer."""

from __future__ import annotations

import logging

import pytest

from payments.charges.services.calling import MISCONFIGURED, answer_of
from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayMisconfigured


class TestAnswerOf:
    def test_is_what_the_gateway_answers(self) -> None:
        given = Answer(outcome=Outcome.PENDING)
        assert answer_of(lambda: given) is given

    def test_credentials_that_are_refused_executed_nothing_and_call_a_person(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def call() -> Answer:
            raise GatewayMisconfigured("Stripe refuses our key")

        with caplog.at_level(logging.ERROR):
            answer = answer_of(call)
        assert answer.outcome == Outcome.NOT_EXECUTED
        assert answer.failure is not None
        assert answer.failure.code == MISCONFIGURED
        assert "refuses our credentials" in caplog.text

    def test_what_nobody_expects_is_not_swallowed(self) -> None:
        def call() -> Answer:
            raise LookupError("a bug")

        with pytest.raises(LookupError):
            answer_of(call)
