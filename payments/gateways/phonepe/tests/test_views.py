"""Orders and refunds, translated; what cannot be read is named and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.gateways.phonepe.requests import refund_id
from payments.gateways.phonepe.tests.shapes import CALL, OPENED_S, PAID_MS, PAYMENT, attempt, order, refund
from payments.gateways.phonepe.views import payment_view, refund_view
from payments.gateways.refund_views import RefundState, RefundView

OPENED = datetime.fromtimestamp(OPENED_S, tz=UTC)
PAID = OPENED + timedelta(seconds=60.5)
OUR_REFUND, OUR_CALL = new_id("rf"), new_id("call")
REFUND = refund_id(our_id=OUR_REFUND, call_id=OUR_CALL)


def view(body: dict[str, Any], **more: Any) -> PaymentView:
    return payment_view(body, order_id=PAYMENT, livemode=False, **more)


def refund_of(body: dict[str, Any], **more: Any) -> RefundView:
    return refund_view(body, refund_id=REFUND, at=OPENED, **more)


class TestPaymentView:
    def test_one_that_nobody_tried_to_pay(self) -> None:
        seen = view(order(), redirect_url="https://page.test")
        assert (seen.gateway_payment_id, seen.session_id) == (PAYMENT, "OMO2611211200000000000001")
        assert (seen.our_id, seen.call_id, seen.amount) == (PAYMENT, CALL, Money(50_000, "INR"))
        assert (seen.state, seen.captures, seen.failure, seen.is_closed) == (PaymentState.PENDING, (), None, False)
        assert (seen.created_at, seen.redirect_url, seen.livemode) == (OPENED, "https://page.test", False)

    def test_a_paid_one_names_what_it_took(self) -> None:
        seen = view(
            order("COMPLETED", attempt("FAILED"), attempt(rail={"type": "UPI"})), redirect_url="https://page.test"
        )
        assert seen.state is PaymentState.CAPTURED
        assert seen.captures == (CaptureFact("OM2611211200000000000001", Money(50_000, "INR"), PAID),)
        assert (seen.method, seen.network, seen.failure, seen.redirect_url) == ("upi_intent", "upi", None, "")

    def test_two_that_succeeded_are_two_facts(self) -> None:
        seen = view(order("COMPLETED", attempt(), attempt(transactionId="OM2")))
        assert [fact.charge_id for fact in seen.captures] == ["OM2611211200000000000001", "OM2"]

    def test_a_paid_one_without_its_attempts_is_paid_all_the_same(self) -> None:
        """Who books it asks again, for it names no charge."""
        seen = view(order("COMPLETED"))
        assert (seen.state, seen.captures) == (PaymentState.CAPTURED, ())

    @pytest.mark.parametrize(
        ("said", "attempts", "state", "closed"),
        [
            ("PENDING", ["PENDING"], PaymentState.PROCESSING, False),
            ("PENDING", ["FAILED"], PaymentState.FAILED, False),
            ("PENDING", ["FAILED", "PENDING"], PaymentState.PROCESSING, False),
            ("PENDING", ["COMPLETED"], PaymentState.PROCESSING, False),
            ("FAILED", ["FAILED"], PaymentState.FAILED, True),
            ("FAILED", [], PaymentState.EXPIRED, True),
            ("FAILED", ["PENDING"], PaymentState.EXPIRED, True),
            ("EXPIRED", ["FAILED"], PaymentState.EXPIRED, True),
        ],
    )
    def test_others_by_their_last_attempt(
        self, said: str, attempts: list[str], state: PaymentState, closed: bool
    ) -> None:
        seen = view(order(said, *(attempt(each) for each in attempts)), redirect_url="https://page.test")
        assert (seen.state, seen.is_closed, seen.captures) == (state, closed, ())
        assert bool(seen.redirect_url) is (state is PaymentState.FAILED and not closed)

    def test_a_failure_is_the_last_attempts_else_the_orders(self) -> None:
        failure = view(order("PENDING", attempt("FAILED"), errorCode="OTHER")).failure
        assert failure is not None
        assert (failure.code, failure.detail) == ("INVALID_MPIN", "ZM")
        failure = view(order("FAILED", errorCode="ORDER_EXPIRED")).failure
        assert failure is not None
        assert failure.code == "ORDER_EXPIRED"
        failure = view(order("FAILED")).failure
        assert failure is not None
        assert failure.code == "FAILED"

    def test_every_attempt_that_failed_is_a_decline_of_its_own(self) -> None:
        failed = [attempt(state="FAILED", transactionId=name) for name in ("OM1", "OM2")]
        assert view(order("PENDING", *failed, attempt(state="PENDING"))).declines == ("OM1", "OM2")
        assert view(order("COMPLETED", *failed, attempt(transactionId="OM3"))).declines == ("OM1", "OM2")
        assert view(order("FAILED", attempt(state="FAILED", transactionId=None))).declines == ()

    def test_somebody_elses_carries_no_mark(self) -> None:
        seen = view(order("COMPLETED", attempt(), metaInfo={"udf1": ""}))
        assert (seen.our_id, seen.call_id, seen.created_at) == ("", "", PAID)
        assert view(order(metaInfo=None)).created_at == OPENED + timedelta(minutes=20)

    @pytest.mark.parametrize("mark", ["soon", "-1", "9" * 30, "१२"])
    def test_a_mark_that_is_no_instant_is_passed_over(self, mark: str) -> None:
        seen = view(order("PENDING", attempt("FAILED"), metaInfo={"udf4": mark}))
        assert seen.created_at == PAID

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"state": "DANCING"}, "state"),
            ({"state": None}, "state"),
            ({"orderId": ""}, "orderId"),
            ({"amount": "50000"}, "amount"),
            ({"amount": True}, "amount"),
            ({"amount": 2**70}, "amount"),
            ({"paymentDetails": {}}, "paymentDetails"),
            ({"paymentDetails": ["x"]}, "paymentDetails"),
            ({"metaInfo": "x"}, "metaInfo"),
            ({"metaInfo": {"udf1": 5}}, "udf1"),
            ({"expireAt": -1, "metaInfo": {}}, "expireAt"),
            ({"expireAt": 10**15, "metaInfo": {}}, "expireAt"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(UnreadableObject, match=field):
            view(order(**changes))

    @pytest.mark.parametrize("name", ["transactionId", "amount", "timestamp"])
    def test_a_capture_that_cannot_be_read_is_named(self, name: str) -> None:
        with pytest.raises(UnreadableObject, match=name):
            view(order("COMPLETED", attempt() | {name: None}))


class TestRefundView:
    @pytest.mark.parametrize(
        ("said", "state"),
        [
            ("PENDING", RefundState.PENDING),
            ("CONFIRMED", RefundState.PENDING),
            ("COMPLETED", RefundState.SUCCEEDED),
            ("FAILED", RefundState.FAILED),
        ],
    )
    def test_states(self, said: str, state: RefundState) -> None:
        seen = refund_of(refund(said))
        assert seen.state is state
        assert (seen.failure is not None) is (state is RefundState.FAILED)
        assert (seen.refund_id, seen.our_id, seen.call_id) == (REFUND, OUR_REFUND, OUR_CALL)
        assert (seen.gateway_payment_id, seen.amount, seen.at) == (PAYMENT, Money(20_000, "INR"), PAID)
        assert not seen.is_release

    def test_one_of_the_dashboard_carries_no_mark(self) -> None:
        seen = refund_view(refund(), refund_id="DASH1", at=OPENED)
        assert (seen.refund_id, seen.our_id, seen.call_id) == ("DASH1", "", "")

    def test_the_answer_to_the_request_says_less(self) -> None:
        seen = refund_of({"refundId": "OMR1", "amount": 20_000, "state": "PENDING"}, order_id=PAYMENT, charge_id="OM1")
        assert (seen.gateway_payment_id, seen.at, seen.charge_id, seen.reference) == (PAYMENT, OPENED, "OM1", "OMR1")

    @pytest.mark.parametrize(
        "details",
        [
            [{"rail": {"type": "UPI", "utr": "455069731511"}}],
            [{"splitInstruments": [{"rail": {"utr": "455069731511"}}]}],
            [{"rail": None}, {"rail": {"utr": "455069731511"}}],
        ],
    )
    def test_the_banks_reference_is_better_than_phonepes(self, details: list[Any]) -> None:
        assert refund_of(refund(paymentDetails=details)).reference == "455069731511"
        assert refund_of(refund(paymentDetails=None)).reference == "OMR2611211200000000000001"

    def test_a_failure_has_its_code(self) -> None:
        failure = refund_of(refund("FAILED", errorCode="BENEFICIARY_CLOSED", detailedErrorCode="U1")).failure
        assert failure is not None
        assert (failure.code, failure.detail) == ("BENEFICIARY_CLOSED", "U1")

    @pytest.mark.parametrize(
        "changes",
        [{"state": "DANCING"}, {"state": ""}, {"amount": None}, {"timestamp": "now"}, {"paymentDetails": [5]}],
    )
    def test_what_cannot_be_read_is_named(self, changes: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject, match=next(iter(changes))):
            refund_of(refund(**changes))


def test_times_are_told_to_the_millisecond() -> None:
    assert view(order("COMPLETED", attempt())).captures[0].at == datetime.fromtimestamp(PAID_MS / 1000, tz=UTC)
