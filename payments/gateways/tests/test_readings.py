"""What the state of an object means for the call that asked for a change."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from config.calls.fields import JSON
from config.kernel.money import Money
from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayFailure, UnreadableObject
from payments.gateways.payment_views import PaymentState
from payments.gateways.readings import (
    CUSTOMER_NEEDED,
    Reading,
    answered,
    captured,
    closed,
    confirmed,
    refunded,
    understood,
)
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import payment_from_intent, refund_view

ALL = Money(5_000, "INR")
INTENTS = {
    PaymentState.PENDING: shapes.intent(),
    PaymentState.PROCESSING: shapes.intent(status="processing"),
    PaymentState.AUTHORIZED: shapes.intent(status="requires_capture", amount_capturable=5_000),
    PaymentState.CAPTURED: shapes.paid_intent(),
    PaymentState.FAILED: shapes.intent(last_payment_error={"code": "card_declined"}),
    PaymentState.CANCELLED: shapes.intent(status="canceled"),
    PaymentState.EXPIRED: shapes.intent(status="canceled", cancellation_reason="expired"),
}


def test_every_state_is_tried() -> None:
    assert {state: payment_from_intent(intent).state for state, intent in INTENTS.items()} == {
        s: s for s in PaymentState
    }


class TestCaptured:
    @pytest.mark.parametrize(
        ("state", "outcome"),
        [
            (PaymentState.PENDING, Outcome.DECLINED),
            (PaymentState.PROCESSING, Outcome.PENDING),
            (PaymentState.AUTHORIZED, Outcome.UNKNOWN),
            (PaymentState.CAPTURED, Outcome.SUCCEEDED),
            (PaymentState.FAILED, Outcome.DECLINED),
            (PaymentState.CANCELLED, Outcome.DECLINED),
            (PaymentState.EXPIRED, Outcome.DECLINED),
        ],
    )
    def test_in_every_state(self, state: PaymentState, outcome: Outcome) -> None:
        view = payment_from_intent(INTENTS[state])
        reading = captured(view, ALL)
        assert reading.outcome is outcome
        assert reading.payment is view
        assert (reading.failure is None) == (outcome in (Outcome.SUCCEEDED, Outcome.PENDING))

    def test_another_amount_was_not_this_capture(self) -> None:
        reading = captured(payment_from_intent(INTENTS[PaymentState.CAPTURED]), Money(3_000, "INR"))
        assert reading.outcome is Outcome.DECLINED
        assert reading.failure is not None
        assert reading.failure.code == "captured_otherwise"


class TestClosed:
    @pytest.mark.parametrize("state", list(PaymentState))
    def test_only_closed_is_closed(self, state: PaymentState) -> None:
        reading = closed(payment_from_intent(INTENTS[state]))
        done = state in (PaymentState.CANCELLED, PaymentState.EXPIRED)
        assert reading.outcome is (Outcome.SUCCEEDED if done else Outcome.DECLINED)
        assert reading.failure is None or reading.failure.code == f"payment_is_{state.value}"


class TestRefunded:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            ("succeeded", Outcome.SUCCEEDED),
            ("pending", Outcome.PENDING),
            ("requires_action", Outcome.PENDING),
            ("failed", Outcome.DECLINED),
            ("canceled", Outcome.DECLINED),
        ],
    )
    def test_in_every_state(self, status: str, outcome: Outcome) -> None:
        reading = refunded(refund_view(shapes.refund(status=status)))
        assert reading.outcome is outcome
        assert (reading.failure is None) == (outcome is not Outcome.DECLINED)


class TestConfirmed:
    """What became of a charge with nobody present."""

    @pytest.mark.parametrize(
        ("state", "outcome", "code"),
        [
            (PaymentState.CAPTURED, Outcome.SUCCEEDED, ""),
            (PaymentState.AUTHORIZED, Outcome.SUCCEEDED, ""),
            (PaymentState.PROCESSING, Outcome.PENDING, ""),
            (PaymentState.PENDING, Outcome.DECLINED, CUSTOMER_NEEDED),
            (PaymentState.FAILED, Outcome.DECLINED, "card_declined"),
            (PaymentState.CANCELLED, Outcome.DECLINED, "payment_is_cancelled"),
            (PaymentState.EXPIRED, Outcome.DECLINED, "payment_is_expired"),
        ],
    )
    def test_each_state(self, state: PaymentState, outcome: Outcome, code: str) -> None:
        reading = confirmed(payment_from_intent(INTENTS[state]))
        assert (reading.outcome, reading.failure.code if reading.failure else "") == (outcome, code)
        assert reading.payment is not None


class TestUnderstood:
    ENVELOPE = Answer(outcome=Outcome.UNKNOWN, http_status=200, request_id="req_one", raw={"id": "re_one"})

    def test_keeps_the_envelope_and_says_all_that_the_reading_says(self) -> None:
        failure = GatewayFailure("lost_card")
        reading = Reading(Outcome.DECLINED, payment=payment_from_intent(shapes.intent()), failure=failure)
        answer = understood(self.ENVELOPE, {}, lambda body: reading)
        assert (answer.outcome, answer.payment, answer.failure) == (Outcome.DECLINED, reading.payment, failure)
        assert (answer.http_status, answer.request_id, answer.raw) == (200, "req_one", {"id": "re_one"})

    def test_every_field_of_a_reading_comes_through(self) -> None:
        names = [each.name for each in fields(Reading)]
        reading: Any = Reading(**{name: f"its {name}" for name in names})  # type: ignore[arg-type]
        answer = answered(self.ENVELOPE, reading)
        assert [getattr(answer, name) for name in names] == [f"its {name}" for name in names]

    def test_executed_and_not_readable_it_must_be_asked_for(self) -> None:
        def read(body: JSON) -> Reading:
            raise UnreadableObject("refund.status")

        answer = understood(Answer(outcome=Outcome.SUCCEEDED, http_status=200), {}, read)
        assert (answer.outcome, answer.failure) == (
            Outcome.UNKNOWN, GatewayFailure("unreadable_answer", "refund.status")
        )  # fmt: skip
        assert answer.http_status == 200
