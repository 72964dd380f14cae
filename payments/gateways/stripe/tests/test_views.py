"""Objects of both shapes, in the words of the contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, UnreadableObject
from payments.gateways.payment_views import CaptureFact, PaymentState
from payments.gateways.refund_views import RefundState
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import (
    balance_transaction_view,
    capture_from_charge,
    payment_from_charge,
    payment_from_intent,
    payment_from_session,
    refund_view,
    refunds_from_charge,
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
        assert (view.method, view.network, view.last4) == ("card", "visa", "4242")

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
        assert (view.method, view.network, view.last4) == ("card", "visa", "4242")

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


class TestRefundView:
    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("pending", RefundState.PENDING),
            ("requires_action", RefundState.PENDING),
            ("succeeded", RefundState.SUCCEEDED),
            ("failed", RefundState.FAILED),
            ("canceled", RefundState.CANCELLED),
        ],
    )
    def test_every_status_has_its_state(self, status: str, state: RefundState) -> None:
        assert refund_view(shapes.refund(status=status)).state is state

    def test_carries_our_marks_and_the_banks_reference(self) -> None:
        view = refund_view(shapes.refund())
        assert (view.refund_id, view.our_id, view.call_id) == ("re_one", "rf_one", "call_two")
        assert (view.charge_id, view.gateway_payment_id) == ("ch_one", "pi_one")
        assert view.amount == Money(2_000, "INR")
        assert view.balance_transaction_id == "txn_two"
        assert view.reference == "74110006264000000000017"
        assert view.failure is None

    def test_a_bounce_says_why_and_where_the_money_came_back(self) -> None:
        view = refund_view(
            shapes.refund(
                status="failed",
                failure_reason="expired_or_canceled_card",
                failure_balance_transaction="txn_three",
            )
        )
        assert view.failure == GatewayFailure("expired_or_canceled_card")
        assert view.failure_balance_transaction_id == "txn_three"

    def test_a_failure_without_a_reason_still_is_one(self) -> None:
        assert refund_view(shapes.refund(status="canceled")).failure == GatewayFailure("cancelled")

    def test_a_reference_that_is_not_there_yet(self) -> None:
        details = {"type": "card", "card": {"reference_status": "pending", "type": "refund"}}
        assert refund_view(shapes.refund(destination_details=details)).reference == ""
        assert refund_view(shapes.refund(destination_details=None)).reference == ""

    def test_expanded_objects_are_read_by_their_ids(self) -> None:
        view = refund_view(shapes.refund(charge=shapes.charge(), balance_transaction=shapes.balance_transaction()))
        assert (view.charge_id, view.balance_transaction_id) == ("ch_one", "txn_one")

    @pytest.mark.parametrize(
        ("over", "is_release"),
        [
            ({}, False),
            ({"metadata": {}}, False),
            ({"metadata": {}, "balance_transaction": None}, True),
            ({"metadata": {}, "balance_transaction": None, "status": "pending"}, False),
            ({"balance_transaction": None}, False),  # our own mark: we never release by a refund
        ],
    )
    def test_the_rest_of_a_partial_capture_is_no_refund_of_money(self, over: dict[str, Any], is_release: bool) -> None:
        assert refund_view(shapes.refund(**over)).is_release is is_release

    @pytest.mark.parametrize("over", [{"status": None}, {"status": "new"}, {"amount": None}, {"object": "charge"}])
    def test_what_cannot_be_read_is_said_so(self, over: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            refund_view(shapes.refund(**over))


class TestRefundsFromCharge:
    def test_the_old_shape_has_them_inside(self) -> None:
        inside = {"object": "list", "data": [shapes.refund(), shapes.refund(id="re_zero")], "has_more": False}
        assert [refund.refund_id for refund in refunds_from_charge(shapes.old_charge(refunds=inside))] == [
            "re_one",
            "re_zero",
        ]

    def test_the_new_shape_has_none(self) -> None:
        assert refunds_from_charge(shapes.charge()) == ()


class TestBalanceTransactionView:
    def test_a_charge_with_fee_and_tax(self) -> None:
        view = balance_transaction_view(shapes.balance_transaction())
        assert (view.amount_minor, view.fee_minor, view.tax_minor, view.net_minor) == (5_000, 177, 27, 4_823)
        assert (view.transaction_id, view.type, view.source_id, view.currency) == ("txn_one", "charge", "ch_one", "INR")
        assert view.exchange_rate == ""
        assert view.created_at == from_epoch(shapes.PAID_AT + 5)
        assert view.available_at == from_epoch(shapes.PAID_AT + 172_800)

    def test_a_refund_is_negative(self) -> None:
        view = balance_transaction_view(
            shapes.balance_transaction(type="refund", amount=-2_000, fee=0, fee_details=[], net=-2_000)
        )
        assert (view.amount_minor, view.net_minor, view.tax_minor) == (-2_000, -2_000, 0)

    def test_a_conversion_keeps_the_rate_as_written(self) -> None:
        assert balance_transaction_view(shapes.balance_transaction(exchange_rate=83.1425)).exchange_rate == "83.1425"

    def test_the_source_may_be_expanded_or_missing(self) -> None:
        assert balance_transaction_view(shapes.balance_transaction(source=shapes.charge())).source_id == "ch_one"
        assert balance_transaction_view(shapes.balance_transaction(source=None, type="stripe_fee")).source_id == ""

    def test_sums_that_do_not_add_up_are_not_believed(self) -> None:
        with pytest.raises(UnreadableObject):
            balance_transaction_view(shapes.balance_transaction(net=4_822))


class TestHostileShapes:
    @pytest.mark.parametrize(
        "read",
        [
            payment_from_intent,
            payment_from_session,
            payment_from_charge,
            capture_from_charge,
            refund_view,
            refunds_from_charge,
            balance_transaction_view,
        ],
    )
    @pytest.mark.parametrize("obj", [None, [], "x", 7, {}, {"object": None}, {"object": "event"}])
    def test_is_never_another_error(self, read: Callable[[Any], Any], obj: object) -> None:
        with pytest.raises(UnreadableObject):
            read(obj)

    @pytest.mark.parametrize(
        ("read", "good"),
        [
            (payment_from_intent, shapes.paid_intent(latest_charge=shapes.charge())),
            (payment_from_intent, shapes.old_intent(shapes.old_charge(), status="succeeded")),
            (payment_from_session, shapes.session(payment_intent=shapes.paid_intent())),
            (payment_from_charge, shapes.charge()),
            (refund_view, shapes.refund()),
            (balance_transaction_view, shapes.balance_transaction()),
        ],
    )
    @pytest.mark.parametrize("value", [None, [], {}, "x", -1, 2**80, 1.5, True])
    def test_any_field_may_hold_anything(self, read: Callable[[Any], Any], good: dict[str, Any], value: object) -> None:
        for key in good:
            broken = good | {key: value}
            try:
                read(broken)
            except UnreadableObject:
                continue
