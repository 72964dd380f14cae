"""Charges of both shapes, in the words of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure
from payments.gateways.payment_views import PaymentState
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import (
    capture_from_charge,
    payment_from_charge,
)

SEEN = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)


class TestPaymentFromCharge:
    @pytest.mark.parametrize(
        ("charge", "state"),
        [
            (shapes.charge(), PaymentState.CAPTURED),
            (shapes.old_charge(), PaymentState.CAPTURED),
            (shapes.charge(amount_refunded=5_000, refunded=True), PaymentState.CAPTURED),
            (shapes.charge(captured=False), PaymentState.AUTHORIZED),
            (shapes.charge(captured=False, refunded=True, amount_refunded=5_000), PaymentState.CANCELLED),
            (shapes.charge(status="pending"), PaymentState.PROCESSING),
            (shapes.failed_charge(), PaymentState.FAILED),
            (shapes.charge(status=None), PaymentState.CAPTURED),  # before 2015: only `paid`
            (shapes.failed_charge(status=None), PaymentState.FAILED),
        ],
    )
    def test_every_status_has_its_state(self, charge: dict[str, Any], state: PaymentState) -> None:
        assert payment_from_charge(charge).state is state

    def test_belongs_to_its_payment(self) -> None:
        view = payment_from_charge(shapes.charge())
        assert (view.gateway_payment_id, view.our_id, view.call_id) == ("pi_one", "pay_one", "call_one")
        assert (view.method, view.network, view.last4) == ("card", "", "4242")

    @pytest.mark.parametrize(
        ("country", "network", "fingerprint"), [("IN", "", ""), ("US", "visa", "fp"), (None, "visa", "fp")]
    )
    def test_tells_no_network_of_an_indian_card(self, country: str | None, network: str, fingerprint: str) -> None:
        details = {"type": "card", "card": shapes.card(country=country, fingerprint="fp")}
        view = payment_from_charge(shapes.charge(payment_method_details=details))
        assert (view.network, view.fingerprint, view.last4) == (network, fingerprint, "4242")

    def test_a_charge_of_before_payment_intents_belongs_to_none(self) -> None:
        assert payment_from_charge(shapes.charge(payment_intent=None, metadata={})).gateway_payment_id == ""

    def test_a_decline_says_why(self) -> None:
        assert payment_from_charge(shapes.failed_charge()).failure == GatewayFailure(
            "card_declined", "Your card has insufficient funds.", decline_code="insufficient_funds"
        )

    def test_ways_of_paying_without_a_card(self) -> None:
        view = payment_from_charge(shapes.charge(payment_method_details={"type": "upi", "upi": {"vpa": "a@b"}}))
        assert (view.method, view.network, view.last4) == ("upi", "", "")


class TestCaptureFromCharge:
    @pytest.mark.parametrize(
        "charge",
        [
            shapes.failed_charge(),
            shapes.charge(status="pending"),
            shapes.charge(captured=False),
        ],
    )
    def test_only_succeeded_and_captured_is_money(self, charge: dict[str, Any]) -> None:
        assert capture_from_charge(charge) is None

    def test_a_charge_that_names_no_captured_amount_took_all(self) -> None:
        charge = shapes.charge()
        del charge["amount_captured"]
        capture = capture_from_charge(charge)
        assert capture is not None
        assert capture.amount == Money(5_000, "INR")

    def test_the_movement_dates_it_best(self) -> None:
        charge = shapes.charge(balance_transaction=shapes.balance_transaction())
        capture = capture_from_charge(charge, seen_at=SEEN)
        assert capture is not None
        assert capture.at == from_epoch(shapes.PAID_AT + 5)

    def test_then_the_event_and_then_the_charge(self) -> None:
        seen = capture_from_charge(shapes.charge(), seen_at=SEEN)
        bare = capture_from_charge(shapes.charge())
        assert seen is not None
        assert bare is not None
        assert (seen.at, bare.at) == (SEEN, from_epoch(shapes.PAID_AT))

    def test_the_fee_may_come_later(self) -> None:
        capture = capture_from_charge(shapes.charge(balance_transaction=None))
        assert capture is not None
        assert capture.balance_transaction_id == ""
