"""The bodies that we send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.kernel.money import Money
from payments.gateways.contract import LineItem, NewPayment
from payments.gateways.stripe.requests import (
    intent_params,
    line_items,
    refund_params,
    session_expiry,
    session_params,
)

AT = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
NEW = NewPayment(our_id="pay_one", call_id="call_one", order_id="ord_one", amount=Money(5_000, "INR"), opened_at=AT)
HOSTED = replace(
    NEW,
    hosted=True,
    items=(LineItem("Ticket", Money(2_000, "INR"), 2), LineItem("Poster", Money(1_000, "INR"), 1)),
    success_url="https://shop.example/done",
    cancel_url="https://shop.example/back",
    email="buyer@example.com",
    expires_at=AT + timedelta(hours=2),
)
MARKS = {"payment": "pay_one", "call": "call_one", "order": "ord_one"}


class TestIntentParams:
    def test_asks_for_whatever_the_account_has_enabled(self) -> None:
        assert intent_params(NEW) == {
            "amount": 5_000,
            "currency": "inr",
            "automatic_payment_methods": {"enabled": True},
            "metadata": MARKS,
        }

    def test_captures_by_hand_when_told_to(self) -> None:
        assert intent_params(replace(NEW, capture_manually=True))["capture_method"] == "manual"

    def test_never_names_payment_method_types(self) -> None:
        assert "payment_method_types" not in intent_params(NEW)

    def test_converts_to_stripes_decimals(self) -> None:
        assert intent_params(replace(NEW, amount=Money(5, "UGX")))["amount"] == 500

    def test_sends_no_mail_in_our_name(self) -> None:
        assert "receipt_email" not in intent_params(replace(NEW, email="buyer@example.com"))


class TestSessionParams:
    def test_marks_the_session_and_the_payment_within(self) -> None:
        params = session_params(HOSTED)
        assert params["metadata"] == params["payment_intent_data"]["metadata"] == MARKS
        assert params["client_reference_id"] == "pay_one"

    def test_tells_where_to_go_afterwards(self) -> None:
        params = session_params(HOSTED)
        assert params["success_url"] == "https://shop.example/done"
        assert params["cancel_url"] == "https://shop.example/back"
        assert params["customer_email"] == "buyer@example.com"
        assert params["expires_at"] == int((AT + timedelta(hours=2)).timestamp())

    def test_leaves_out_what_is_not_known(self) -> None:
        params = session_params(replace(HOSTED, cancel_url="", email="", expires_at=None))
        assert not {"cancel_url", "customer_email", "expires_at"} & set(params)

    def test_captures_by_hand_when_told_to(self) -> None:
        assert (
            session_params(replace(HOSTED, capture_manually=True))["payment_intent_data"]["capture_method"] == "manual"
        )

    def test_never_names_payment_method_types(self) -> None:
        assert "payment_method_types" not in session_params(HOSTED)

    def test_the_same_payment_is_always_the_same_body(self) -> None:
        assert session_params(HOSTED) == session_params(replace(HOSTED))


class TestLineItems:
    def test_show_what_is_bought(self) -> None:
        assert [
            (line["price_data"]["product_data"]["name"], line["price_data"]["unit_amount"], line["quantity"])
            for line in line_items(HOSTED)
        ] == [("Ticket", 2_000, 2), ("Poster", 1_000, 1)]

    @pytest.mark.parametrize("items", [(), (LineItem("Ticket", Money(2_000, "INR"), 2),)])
    def test_or_one_line_that_is_the_amount_due(self, items: tuple[LineItem, ...]) -> None:
        [line] = line_items(replace(HOSTED, items=items))
        assert (line["price_data"]["unit_amount"], line["quantity"]) == (5_000, 1)
        assert line["price_data"]["product_data"]["name"] == "Order ord_one"


class TestSessionExpiry:
    @pytest.mark.parametrize(
        ("asked", "given"),
        [
            (timedelta(hours=2), timedelta(hours=2)),
            (timedelta(minutes=15), timedelta(minutes=32)),
            (timedelta(minutes=-5), timedelta(minutes=32)),
            (timedelta(minutes=30), timedelta(minutes=32)),
            (timedelta(hours=24), timedelta(hours=23, minutes=58)),
            (timedelta(days=7), timedelta(hours=23, minutes=58)),
        ],
    )
    def test_is_brought_within_what_stripe_allows(self, asked: timedelta, given: timedelta) -> None:
        assert session_expiry(replace(HOSTED, expires_at=AT + asked)) == AT + given

    def test_is_stripes_own_when_nothing_is_asked(self) -> None:
        assert session_expiry(replace(HOSTED, expires_at=None)) is None

    def test_is_not_moved_when_nothing_says_when_it_began(self) -> None:
        asked = AT + timedelta(minutes=1)
        assert session_expiry(replace(HOSTED, expires_at=asked, opened_at=None)) == asked


class TestRefundParams:
    def test_of_a_payment(self) -> None:
        assert refund_params(
            our_id="rf_one", key="call_two", gateway_payment_id="pi_one", charge_id="ch_one", amount=Money(5, "UGX")
        ) == {"amount": 500, "metadata": {"refund": "rf_one", "call": "call_two"}, "payment_intent": "pi_one"}

    def test_of_a_bare_charge(self) -> None:
        params = refund_params(
            our_id="rf_one", key="call_two", gateway_payment_id="", charge_id="ch_one", amount=Money(5, "INR")
        )
        assert params["charge"] == "ch_one"
        assert "payment_intent" not in params
