"""What the conformance suite cannot provoke: duplicates, odd answers, and what PhonePe has not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import Capability, Gateway, NewPayment, Outcome
from payments.gateways.dispute_views import Evidence
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, NotOffered, QuestionRefused
from payments.gateways.payment_views import PaymentState
from payments.gateways.phonepe.adapter import PhonePeGateway, build
from payments.gateways.phonepe.requests import refund_id
from payments.gateways.phonepe.tests.scripted import Scripted, error, scripted
from payments.gateways.phonepe.tests.shapes import CALL, ORDER, PAYMENT, attempt, order, refund
from payments.gateways.refund_views import RefundState
from payments.gateways.tests.scripted import Reply

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
NEW = NewPayment(our_id=PAYMENT, call_id=CALL, order_id=ORDER, amount=Money(50_000, "INR"), opened_at=AT)
MADE = Reply(
    body={"orderId": "OMO1", "state": "PENDING", "expireAt": 1_795_263_600_000, "redirectUrl": "https://p.test"}
)
DUPLICATE = error(400, "BAD_REQUEST")
UNKNOWN_ORDER = error(400, "INVALID_MERCHANT_ORDER_ID")
UNKNOWN_REFUND = error(404, "INVALID_MERCHANT_REFUND_ID")
OURS = {"our_id": new_id("rf"), "key": new_id("call")}


def gateway(script: Scripted) -> PhonePeGateway:
    return PhonePeGateway(script.connection, account=new_id("acct"))


def give_back(script: Scripted, amount_minor: int = 20_000) -> Any:
    return gateway(script).refund_payment(
        **OURS, gateway_payment_id=PAYMENT, charge_id="OM1", amount=Money(amount_minor, "INR")
    )


class TestCreatePayment:
    def test_is_made_with_our_ids_and_its_page(self) -> None:
        with scripted(MADE) as script:
            answer = gateway(script).create_payment(NEW)
        assert (answer.outcome, answer.http_status) == (Outcome.SUCCEEDED, 200)
        assert answer.payment is not None
        assert (answer.payment.gateway_payment_id, answer.payment.session_id) == (PAYMENT, "OMO1")
        assert (answer.payment.redirect_url, answer.payment.created_at) == ("https://p.test", AT)
        assert script.asked == ["POST /checkout/v2/pay"]

    def test_another_currency_is_never_sent_as_rupees(self) -> None:
        dollars = Money(50_000, "USD")
        with scripted(MADE) as script:
            made = gateway(script).create_payment(replace(NEW, amount=dollars))
            given = gateway(script).refund_payment(**OURS, gateway_payment_id=PAYMENT, charge_id="OM1", amount=dollars)
        for answer in (made, given):
            assert answer.failure is not None
            assert (answer.outcome, answer.failure.code) == (Outcome.DECLINED, "currency_not_supported")
        assert script.asked == []

    def test_one_that_was_made_before_is_asked_about_and_not_failed(self) -> None:
        with scripted(DUPLICATE, Reply(body=order())) as script:
            answer = gateway(script).create_payment(NEW)
        assert (answer.outcome, answer.failure) == (Outcome.SUCCEEDED, None)
        assert answer.payment is not None
        assert (answer.payment.state, answer.payment.redirect_url) == (PaymentState.PENDING, ""), "the link is lost"
        assert script.asked == ["POST /checkout/v2/pay", f"GET /checkout/v2/order/{PAYMENT}/status"]

    def test_what_was_paid_meanwhile_is_told(self) -> None:
        with scripted(DUPLICATE, Reply(body=order("COMPLETED", attempt()))) as script:
            answer = gateway(script).create_payment(NEW)
        assert answer.payment is not None
        assert answer.payment.state is PaymentState.CAPTURED

    def test_a_refusal_of_what_is_not_there_is_a_refusal(self) -> None:
        with scripted(DUPLICATE, UNKNOWN_ORDER) as script:
            answer = gateway(script).create_payment(NEW)
        assert answer.outcome is Outcome.DECLINED
        assert answer.failure is not None
        assert (answer.failure.code, answer.payment) == ("BAD_REQUEST", None)

    @pytest.mark.parametrize(
        "said", [error(500), error(429), Reply(hang_up=True), error(404), Reply(body={"state": 5})]
    )
    def test_a_refusal_that_nobody_explains_is_unknown(self, said: Reply) -> None:
        with scripted(DUPLICATE, said) as script:
            answer = gateway(script).create_payment(NEW)
        assert (answer.outcome, answer.payment) == (Outcome.UNKNOWN, None)

    @pytest.mark.parametrize("other", [{"amount": 1}, {"metaInfo": {}}, {"metaInfo": {"udf1": new_id("pay")}}])
    def test_somebody_elses_order_under_our_id_is_a_matter_for_a_person(self, other: dict[str, Any]) -> None:
        with scripted(DUPLICATE, Reply(body=order(**other))) as script:
            answer = gateway(script).create_payment(NEW)
        assert answer.outcome is Outcome.UNKNOWN
        assert answer.failure is not None
        assert answer.failure.code == "another_order_under_this_id"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"orderId": "OMO1", "state": "PENDING"},
            {"state": "PENDING", "redirectUrl": "https://p.test"},
            [],
            b"<html>",
        ],
    )
    def test_an_answer_that_cannot_be_read_must_be_asked_about(self, body: Any) -> None:
        with scripted(Reply(body=body)) as script:
            answer = gateway(script).create_payment(NEW)
        assert (answer.outcome, answer.payment) == (Outcome.UNKNOWN, None)

    def test_refused_credentials_are_a_matter_for_a_person(self) -> None:
        with scripted(error(401)) as script, pytest.raises(GatewayMisconfigured):
            gateway(script).create_payment(NEW)
        with scripted() as script:
            script.tokens = [error(401)]
            with pytest.raises(GatewayMisconfigured):
                gateway(script).create_payment(NEW)


class TestRefundPayment:
    def test_pending_in_the_answer_is_looked_at_once(self) -> None:
        its_id = refund_id(our_id=OURS["our_id"], call_id=OURS["key"])
        pending = Reply(body={"refundId": "OMR1", "amount": 20_000, "state": "PENDING"})
        with scripted(pending, Reply(body=refund())) as script:
            answer = give_back(script)
        assert answer.outcome is Outcome.SUCCEEDED
        assert (answer.refund.state, answer.refund.charge_id, answer.refund.call_id) == (
            RefundState.SUCCEEDED, "OM1", OURS["key"],
        )  # fmt: skip
        assert script.asked == ["POST /payments/v2/refund", f"GET /payments/v2/refund/{its_id}/status"]
        assert script.seen[1].body == {
            "merchantRefundId": its_id, "originalMerchantOrderId": PAYMENT, "amount": 20_000,
        }  # fmt: skip

    @pytest.mark.parametrize("said", [error(500), Reply(hang_up=True), UNKNOWN_REFUND, error(404), Reply(body={})])
    def test_and_stays_pending_where_nobody_says_more(self, said: Reply) -> None:
        with scripted(Reply(body={"refundId": "OMR1", "amount": 20_000, "state": "PENDING"}), said) as script:
            answer = give_back(script)
        assert answer.outcome is Outcome.PENDING
        assert (answer.refund.reference, answer.refund.gateway_payment_id) == ("OMR1", PAYMENT)

    def test_one_that_was_made_before_is_found_and_not_made_again(self) -> None:
        with scripted(DUPLICATE, Reply(body=refund("PENDING"))) as script:
            answer = give_back(script)
        assert (answer.outcome, answer.failure) == (Outcome.PENDING, None)

    def test_a_refusal_of_what_is_not_there_is_a_refusal(self) -> None:
        with scripted(DUPLICATE, UNKNOWN_REFUND) as script:
            answer = give_back(script)
        assert (answer.outcome, answer.refund) == (Outcome.DECLINED, None)

    @pytest.mark.parametrize("said", [error(500), Reply(hang_up=True), error(404), error(400, "BAD_REQUEST")])
    def test_a_refusal_that_nobody_explains_is_unknown(self, said: Reply) -> None:
        with scripted(DUPLICATE, said) as script:
            assert give_back(script).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize("other", [{"amount": 1}, {"originalMerchantOrderId": new_id("pay")}])
    def test_another_refund_under_our_id_is_a_matter_for_a_person(self, other: dict[str, Any]) -> None:
        with scripted(DUPLICATE, Reply(body=refund(**other))) as script:
            assert give_back(script).outcome is Outcome.UNKNOWN

    def test_one_that_failed_at_once_is_declined_and_says_why(self) -> None:
        pending = Reply(body={"refundId": "OMR1", "amount": 20_000, "state": "PENDING"})
        with scripted(pending, Reply(body=refund("FAILED", errorCode="NO_MONEY"))) as script:
            answer = give_back(script)
        assert (answer.outcome, answer.failure.code) == (Outcome.DECLINED, "NO_MONEY")

    @pytest.mark.parametrize("body", [{}, [], {"refundId": "OMR1", "amount": "x", "state": "PENDING"}])
    def test_an_answer_that_cannot_be_read_must_be_asked_about(self, body: Any) -> None:
        with scripted(Reply(body=body), error(500)) as script:
            assert give_back(script).outcome is Outcome.UNKNOWN


class TestGetPayment:
    def test_asks_for_every_attempt(self) -> None:
        with scripted(Reply(body=order())) as script:
            gateway(script).get_payment(gateway_payment_id=PAYMENT, session_id="OMO1")
        assert script.seen[1].query == {"details": "true", "errorContext": "true"}

    def test_tells_the_way_in_again_while_there_is_one(self) -> None:
        with scripted(MADE, Reply(body=order()), Reply(body=order("COMPLETED", attempt()))) as script:
            adapter = gateway(script)
            adapter.create_payment(NEW)
            found = [adapter.get_payment(gateway_payment_id=PAYMENT, session_id="") for _ in range(2)]
        assert [view.redirect_url for view in found if view] == ["https://p.test", ""]

    @pytest.mark.parametrize(
        ("said", "raised"),
        [
            (error(404), QuestionRefused),
            (error(400, "BAD_REQUEST"), QuestionRefused),
            (error(500), GatewayUnreachable),
            (Reply(body=[]), GatewayUnreachable),
            (error(403), GatewayMisconfigured),
        ],
    )
    def test_nothing_but_its_own_word_is_absence(self, said: Reply, raised: type[Exception]) -> None:
        with scripted(said) as script, pytest.raises(raised):
            gateway(script).get_payment(gateway_payment_id=PAYMENT, session_id="")

    def test_without_a_token_nothing_is_known(self) -> None:
        with scripted() as script:
            script.tokens = [error(500)]
            with pytest.raises(GatewayUnreachable):
                gateway(script).get_payment(gateway_payment_id=PAYMENT, session_id="")


class TestFindPayment:
    def test_asks_by_the_payments_own_id(self) -> None:
        with scripted(UNKNOWN_ORDER) as script:
            assert gateway(script).find_payment(our_id=PAYMENT, call_id=CALL, since=AT) is None
        assert script.asked == [f"GET /checkout/v2/order/{PAYMENT}/status"]


NOT_OFFERED: dict[str, Callable[[Gateway], object]] = {
    "capture_payment": lambda g: g.capture_payment(key="k", gateway_payment_id="p", amount=NEW.amount),
    "cancel_payment": lambda g: g.cancel_payment(key="k", gateway_payment_id="p", session_id=""),
    "list_refunds": lambda g: g.list_refunds(gateway_payment_id="p"),
    "get_dispute": lambda g: g.get_dispute(dispute_id="d"),
    "list_disputes": lambda g: g.list_disputes(since=AT),
    "submit_evidence": lambda g: g.submit_evidence(key="k", dispute_id="d", evidence=Evidence(texts={}), submit=True),
    "accept_dispute": lambda g: g.accept_dispute(key="k", dispute_id="d"),
    "get_balance_transaction": lambda g: g.get_balance_transaction(transaction_id="t"),
    "list_balance_transactions": lambda g: g.list_balance_transactions(since=AT, until=AT),
    "list_events": lambda g: g.list_events(since=AT),
}


class TestNotOffered:
    @pytest.mark.parametrize("name", NOT_OFFERED)
    def test_says_so_and_sends_nothing(self, name: str) -> None:
        with scripted() as script, pytest.raises(NotOffered):
            NOT_OFFERED[name](gateway(script))
        assert script.seen == []


class TestBuild:
    def test_sends_nothing(self) -> None:
        made = build(
            account="phonepe", client_id="M1", client_secret="s", client_version="1", api_base="https://p.test/apis/pg"
        )
        assert (made.name, made.capabilities) == ("phonepe", frozenset({Capability.PARTIAL_REFUND}))
        assert made.why_not_charge(replace(NEW.amount, currency="USD")) is not None
        assert made.minimum_minor("INR") == 100
