"""Payment intents of both shapes, in the words of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, UnreadableObject
from payments.gateways.payment_views import CaptureFact, PaymentState
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import (
    payment_from_intent,
)

SEEN = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)
NO_FUNDS = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "insufficient_funds",
    "message": "Your card has insufficient funds.",
    "param": "",
}


class TestPaymentFromIntent:
    @pytest.mark.parametrize(
        ("over", "state"),
        [
            ({"status": "requires_payment_method"}, PaymentState.PENDING),
            ({"status": "requires_payment_method", "last_payment_error": NO_FUNDS}, PaymentState.FAILED),
            ({"status": "requires_confirmation"}, PaymentState.PENDING),
            ({"status": "requires_action"}, PaymentState.PENDING),
            ({"status": "requires_action", "last_payment_error": NO_FUNDS}, PaymentState.PENDING),
            ({"status": "processing"}, PaymentState.PROCESSING),
            ({"status": "requires_capture", "amount_capturable": 5_000}, PaymentState.AUTHORIZED),
            ({"status": "succeeded"}, PaymentState.CAPTURED),
            ({"status": "canceled", "cancellation_reason": "requested_by_customer"}, PaymentState.CANCELLED),
            ({"status": "canceled", "cancellation_reason": "abandoned"}, PaymentState.CANCELLED),
            ({"status": "canceled", "cancellation_reason": None}, PaymentState.CANCELLED),
            ({"status": "canceled", "cancellation_reason": "automatic"}, PaymentState.EXPIRED),
            ({"status": "canceled", "cancellation_reason": "expired"}, PaymentState.EXPIRED),
        ],
    )
    def test_every_status_has_its_state(self, over: dict[str, Any], state: PaymentState) -> None:
        assert payment_from_intent(shapes.intent(**over)).state is state

    def test_a_new_one_carries_our_marks_and_the_browsers_secret(self) -> None:
        view = payment_from_intent(shapes.intent())
        assert (view.gateway_payment_id, view.session_id) == ("pi_one", "")
        assert (view.our_id, view.call_id) == ("pay_one", "call_one")
        assert view.amount == Money(5_000, "INR")
        assert view.client_secret == "pi_one_secret_two"
        assert view.created_at == from_epoch(shapes.MADE_AT)
        assert not view.livemode
        assert view.captures == ()
        assert view.failure is None

    def test_one_that_is_not_ours_has_no_marks(self) -> None:
        view = payment_from_intent(shapes.intent(metadata={}))
        assert (view.our_id, view.call_id) == ("", "")

    def test_a_webhook_names_the_charge_only_by_id(self) -> None:
        view = payment_from_intent(shapes.paid_intent(), seen_at=SEEN)
        assert view.captures == (CaptureFact("ch_one", Money(5_000, "INR"), SEEN),)
        assert (view.method, view.network, view.last4) == ("", "", "")

    def test_without_a_time_the_capture_is_dated_by_the_object(self) -> None:
        view = payment_from_intent(shapes.paid_intent())
        assert [capture.at for capture in view.captures] == [from_epoch(shapes.MADE_AT)]

    def test_our_own_request_has_the_charge_and_its_movement(self) -> None:
        charge = shapes.charge(balance_transaction=shapes.balance_transaction())
        view = payment_from_intent(shapes.paid_intent(latest_charge=charge), seen_at=SEEN)
        moved_at = from_epoch(shapes.PAID_AT + 5)
        assert view.captures == (CaptureFact("ch_one", Money(5_000, "INR"), moved_at, "txn_one"),)
        assert (view.method, view.network, view.last4) == ("card", "", "4242")

    def test_the_old_shape_has_its_charges_inside(self) -> None:
        view = payment_from_intent(
            shapes.old_intent(shapes.old_charge(), shapes.failed_charge(), status="succeeded", amount_received=5_000)
        )
        assert [(capture.charge_id, capture.amount) for capture in view.captures] == [("ch_one", Money(5_000, "INR"))]
        assert view.last4 == "4242"

    def test_a_partial_capture_is_what_was_taken(self) -> None:
        charge = shapes.charge(amount_captured=3_000)
        view = payment_from_intent(shapes.paid_intent(amount_received=3_000, latest_charge=charge))
        assert view.amount == Money(5_000, "INR")
        assert [capture.amount for capture in view.captures] == [Money(3_000, "INR")]

    def test_a_partial_capture_in_a_webhook_too(self) -> None:
        view = payment_from_intent(shapes.paid_intent(amount_received=3_000))
        assert [capture.amount for capture in view.captures] == [Money(3_000, "INR")]

    def test_authorised_is_not_captured(self) -> None:
        charge = shapes.charge(captured=False, amount_captured=0, balance_transaction=None)
        view = payment_from_intent(
            shapes.intent(status="requires_capture", amount_capturable=5_000, latest_charge=charge)
        )
        assert view.captures == ()
        assert view.authorized_minor == 5_000

    def test_a_debit_under_way_is_no_money_though_it_says_captured(self) -> None:
        charge = shapes.charge(id="py_one", status="pending", paid=False, balance_transaction=None)
        view = payment_from_intent(shapes.intent(status="processing", latest_charge=charge))
        assert view.state is PaymentState.PROCESSING
        assert view.captures == ()

    def test_a_charge_is_not_believed_before_its_payment(self) -> None:
        view = payment_from_intent(shapes.old_intent(shapes.old_charge(), status="processing"))
        assert view.captures == ()

    def test_a_decline_says_why(self) -> None:
        view = payment_from_intent(shapes.intent(last_payment_error=NO_FUNDS, latest_charge="ch_declined"))
        assert view.failure == GatewayFailure(
            "card_declined", "Your card has insufficient funds.", decline_code="insufficient_funds"
        )
        assert view.captures == ()

    def test_where_the_customer_is_sent(self) -> None:
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/3ds", "return_url": None}}
        view = payment_from_intent(shapes.intent(status="requires_action", next_action=action))
        assert view.redirect_url == "https://bank.example/3ds"

    @pytest.mark.parametrize(
        ("currency", "wire", "money"),
        [("jpy", 5_000, Money(5_000, "JPY")), ("kwd", 5_120, Money(5_120, "KWD")), ("ugx", 500, Money(5, "UGX"))],
    )
    def test_amounts_in_their_own_decimals(self, currency: str, wire: int, money: Money) -> None:
        assert payment_from_intent(shapes.intent(amount=wire, currency=currency)).amount == money

    @pytest.mark.parametrize(
        "over",
        [
            {"status": "requires_something_new"},
            {"status": None},
            {"amount": "5000"},
            {"amount": 50.0},
            {"currency": "zzz"},
            {"currency": None},
            {"created": None},
            {"id": None},
            {"livemode": None},
            {"metadata": ["x"]},
            {"status": "succeeded", "latest_charge": {"object": "refund"}},
            {"object": "setup_intent"},
        ],
    )
    def test_what_cannot_be_read_is_said_so(self, over: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            payment_from_intent(shapes.intent(**over))
