"""Checkout sessions, in the words of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.payment_views import PaymentState
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import (
    payment_from_session,
)

SEEN = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)
NO_FUNDS = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "insufficient_funds",
    "message": "Your card has insufficient funds.",
    "param": "",
}


class TestPaymentFromSession:
    @pytest.mark.parametrize(
        ("over", "state"),
        [
            ({"status": "open"}, PaymentState.PENDING),
            ({"status": "expired"}, PaymentState.EXPIRED),
            ({"status": "complete", "payment_status": "paid"}, PaymentState.CAPTURED),
            ({"status": "complete", "payment_status": "unpaid"}, PaymentState.PROCESSING),
            ({"status": None, "payment_status": "paid"}, PaymentState.CAPTURED),
            ({"status": None, "payment_status": "unpaid"}, PaymentState.PENDING),
            ({"status": "open", "payment_intent": shapes.intent(last_payment_error=NO_FUNDS)}, PaymentState.FAILED),
            ({"status": "expired", "payment_intent": shapes.intent(status="canceled")}, PaymentState.EXPIRED),
            (
                {
                    "status": "complete",
                    "payment_intent": shapes.intent(status="requires_capture", amount_capturable=5_000),
                },
                PaymentState.AUTHORIZED,
            ),
        ],
    )
    def test_every_status_has_its_state(self, over: dict[str, Any], state: PaymentState) -> None:
        assert payment_from_session(shapes.session(**over)).state is state

    def test_a_new_one_has_a_page_and_no_payment_yet(self) -> None:
        view = payment_from_session(shapes.session())
        assert (view.session_id, view.gateway_payment_id) == ("cs_test_one", "")
        assert (view.our_id, view.call_id) == ("pay_one", "call_one")
        assert view.redirect_url == "https://checkout.stripe.com/c/pay/cs_test_one"
        assert view.amount == Money(5_000, "INR")

    def test_a_webhook_names_the_payment_only_by_id(self) -> None:
        view = payment_from_session(shapes.session(status="complete", payment_status="paid", payment_intent="pi_one"))
        assert view.gateway_payment_id == "pi_one"
        assert view.captures == ()

    def test_an_old_one_was_made_when_it_was_seen(self) -> None:
        old = shapes.session(created=None, status="complete", payment_status="paid", payment_intent="pi_one")
        assert payment_from_session(old, seen_at=SEEN).created_at == SEEN
        with pytest.raises(UnreadableObject):
            payment_from_session(old)

    def test_our_own_request_has_the_payment_inside(self) -> None:
        intent = shapes.paid_intent(latest_charge=shapes.charge())
        view = payment_from_session(shapes.session(status="complete", payment_status="paid", payment_intent=intent))
        assert (view.session_id, view.gateway_payment_id) == ("cs_test_one", "pi_one")
        assert [capture.charge_id for capture in view.captures] == ["ch_one"]
        assert view.last4 == "4242"

    @pytest.mark.parametrize(
        "over",
        [
            {"mode": "setup", "amount_total": None},
            {"mode": "subscription"},
            {"mode": None},
            {"status": "something_new"},
            {"payment_status": "no_payment_required"},
            {"amount_total": None},
            {"object": "payment_intent"},
        ],
    )
    def test_what_cannot_be_read_is_said_so(self, over: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            payment_from_session(shapes.session(**over))
