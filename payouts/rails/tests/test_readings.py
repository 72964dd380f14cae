"""What a payout's state means for the call that asked for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config.calls.fields import JSON
from config.kernel.money import Money
from payments.gateways.contract import Outcome
from payments.gateways.failures import UNREADABLE, GatewayFailure, UnreadableObject
from payouts.rails.contract import Advice, PayoutView, RailAnswer, RailState, Reading
from payouts.rails.readings import sent, stopped, understood

VIEW = PayoutView(
    payout_id="p", state=RailState.PAID, amount=Money(100, "INR"), account_id="a", our_id="po_1", call_id="call_1",
    created_at=datetime(2026, 11, 21, tzinfo=UTC), livemode=False,
)  # fmt: skip


class TestSent:
    @pytest.mark.parametrize(
        ("state", "outcome"),
        [
            (RailState.PAID, Outcome.SUCCEEDED), (RailState.PROCESSING, Outcome.PENDING),
            (RailState.QUEUED, Outcome.PENDING), (RailState.FAILED, Outcome.DECLINED),
            (RailState.RETURNED, Outcome.DECLINED), (RailState.CANCELLED, Outcome.DECLINED),
        ],
    )  # fmt: skip
    def test_each_state_is_an_outcome(self, state: RailState, outcome: Outcome) -> None:
        reading = sent(replace(VIEW, state=state))
        assert reading.outcome is outcome
        assert (reading.failure is not None) == (outcome is Outcome.DECLINED)

    def test_why_and_what_to_do_are_passed_on(self) -> None:
        failed = replace(VIEW, state=RailState.FAILED, failure=GatewayFailure("shut"), advice=Advice.FINAL)
        assert (sent(failed).failure, sent(failed).advice) == (GatewayFailure("shut"), Advice.FINAL)


class TestStopped:
    @pytest.mark.parametrize("state", RailState)
    def test_only_stopped_is_stopped(self, state: RailState) -> None:
        expected = Outcome.SUCCEEDED if state is RailState.CANCELLED else Outcome.DECLINED
        assert stopped(replace(VIEW, state=state)).outcome is expected


class TestUnderstood:
    def test_takes_over_what_was_read(self) -> None:
        answer = understood(RailAnswer(Outcome.UNKNOWN, request_id="r"), {}, lambda body: sent(VIEW))
        assert (answer.outcome, answer.payout, answer.request_id) == (Outcome.SUCCEEDED, VIEW, "r")

    def test_what_cannot_be_read_must_be_asked_for(self) -> None:
        def unreadable(body: JSON) -> Reading:
            raise UnreadableObject("thing.part")

        answer = understood(RailAnswer(Outcome.UNKNOWN), {}, unreadable)
        assert (answer.outcome, answer.failure) == (Outcome.UNKNOWN, GatewayFailure(UNREADABLE, "thing.part"))
