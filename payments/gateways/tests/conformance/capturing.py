"""Authorised money: taken whole or in part, once, or let go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import Answer, Capability, Outcome
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, only_capture
from payments.gateways.tests.conformance.harness import Harness
from payments.gateways.tests.conformance.unknown import EXECUTED, Weather


class ProvesManualCapture(Proofs):
    """Authorise first, capture later."""

    proves = frozenset({Capability.MANUAL_CAPTURE})

    def capture(self, harness: Harness, view: PaymentView, amount_minor: int = AMOUNT_MINOR, key: str = "") -> Answer:
        return harness.gateway.capture_payment(
            key=key or new_id("call"),
            gateway_payment_id=view.gateway_payment_id,
            amount=Money(amount_minor, harness.currency),
        )

    def test_an_authorisation_is_no_money(self, harness: Harness) -> None:
        view = self.authorized(harness)
        assert view.captures == ()
        assert view.authorized_minor == AMOUNT_MINOR
        assert harness.taken_minor(view.our_id) == 0

    def test_all_of_it_is_captured(self, harness: Harness) -> None:
        view = self.authorized(harness)
        answer = self.capture(harness, view)
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.payment is not None
        assert answer.payment.state is PaymentState.CAPTURED
        assert only_capture(answer.payment).amount == Money(AMOUNT_MINOR, harness.currency)
        assert harness.taken_minor(view.our_id) == AMOUNT_MINOR

    def test_more_than_was_authorised_is_refused(self, harness: Harness) -> None:
        view = self.authorized(harness)
        assert self.capture(harness, view, AMOUNT_MINOR + 100).outcome is Outcome.DECLINED
        assert self.seen(harness, view).state is PaymentState.AUTHORIZED
        assert harness.taken_minor(view.our_id) == 0

    def test_the_same_call_again_takes_once(self, harness: Harness) -> None:
        view, key = self.authorized(harness), new_id("call")
        assert self.capture(harness, view, key=key).outcome is Outcome.SUCCEEDED
        assert self.capture(harness, view, key=key).outcome is Outcome.SUCCEEDED
        assert harness.taken_minor(view.our_id) == AMOUNT_MINOR

    def test_another_call_finds_it_captured_and_takes_nothing_more(self, harness: Harness) -> None:
        view = self.authorized(harness)
        self.capture(harness, view)
        again = self.capture(harness, view)
        assert again.outcome is Outcome.SUCCEEDED
        assert again.payment is not None
        assert only_capture(again.payment).amount == Money(AMOUNT_MINOR, harness.currency)
        assert harness.taken_minor(view.our_id) == AMOUNT_MINOR

    def test_what_was_not_authorised_is_not_captured(self, harness: Harness) -> None:
        view = self.made(harness, replace(self.new(harness), capture_manually=True))
        answer = self.capture(harness, view)
        assert answer.outcome is Outcome.DECLINED
        assert harness.taken_minor(view.our_id) == 0

    @pytest.mark.parametrize("weather", EXECUTED)
    def test_a_capture_without_an_answer_is_seen_on_the_payment(self, harness: Harness, weather: Weather) -> None:
        view, key = self.authorized(harness), new_id("call")
        with weather(harness):
            assert self.capture(harness, view, key=key).outcome is Outcome.UNKNOWN
        assert self.seen(harness, view).state is PaymentState.CAPTURED
        assert harness.taken_minor(view.our_id) == AMOUNT_MINOR


class ProvesPartialCapture(ProvesManualCapture):
    """Capture a part, and the rest is let go."""

    proves = frozenset({Capability.PARTIAL_CAPTURE})

    def test_a_part_is_captured_and_the_rest_let_go(self, harness: Harness) -> None:
        view = self.authorized(harness)
        answer = self.capture(harness, view, 30_000)
        assert answer.outcome is Outcome.SUCCEEDED
        seen = self.seen(harness, view)
        assert only_capture(seen).amount == Money(30_000, harness.currency)
        assert seen.amount == Money(AMOUNT_MINOR, harness.currency)
        assert harness.taken_minor(view.our_id) == 30_000
        assert harness.given_back_minor(view.our_id) == 0
        refunds = list(harness.gateway.list_refunds(gateway_payment_id=view.gateway_payment_id))
        assert all(refund.is_release for refund in refunds)  # told as a refund or not, no money of ours went back

    def test_another_amount_after_a_capture_is_refused(self, harness: Harness) -> None:
        view = self.authorized(harness)
        self.capture(harness, view, 30_000)
        again = self.capture(harness, view, 20_000)
        assert again.outcome is Outcome.DECLINED
        assert again.payment is not None
        assert again.payment.state is PaymentState.CAPTURED
        assert harness.taken_minor(view.our_id) == 30_000


class ProvesLettingGo(ProvesManualCapture):
    """An authorisation that is cancelled."""

    proves = frozenset({Capability.CANCEL_PAYMENT})

    def test_what_is_cancelled_is_let_go_and_not_captured(self, harness: Harness) -> None:
        view = self.authorized(harness)
        answer = harness.gateway.cancel_payment(
            key=new_id("call"), gateway_payment_id=view.gateway_payment_id, session_id=view.session_id
        )
        assert answer.outcome is Outcome.SUCCEEDED
        late = self.capture(harness, view)
        assert late.outcome is Outcome.DECLINED
        assert late.payment is not None
        assert late.payment.state is PaymentState.CANCELLED
        assert harness.taken_minor(view.our_id) == 0
        refunds = harness.gateway.list_refunds(gateway_payment_id=view.gateway_payment_id)
        assert all(refund.is_release for refund in refunds)
