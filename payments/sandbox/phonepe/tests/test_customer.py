"""Customers and their banks: attempts, and what is told of them."""

from __future__ import annotations

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.phonepe.tests.teller import Teller


def told(teller: Teller) -> list[tuple[str, str]]:
    return [(event["event"], event["payload"]["state"]) for event in teller.events()]


@pytest.fixture
def paying(teller: Teller) -> Teller:
    teller.pay("MO1")
    return teller


class TestPay:
    def test_takes_the_money_once(self, paying: Teller) -> None:
        paying.order("orders/MO1/pay")
        with pytest.raises(OrderRefused, match="COMPLETED"):
            paying.order("orders/MO1/pay")
        assert paying.moved("captured") == 50_000
        (attempt,) = paying.status()["paymentDetails"]
        assert (attempt["state"], attempt["amount"]) == ("COMPLETED", 50_000)
        assert attempt["transactionId"].startswith("OM")
        assert told(paying) == [("checkout.order.completed", "COMPLETED")]


class TestDecline:
    def test_leaves_the_order_open(self, paying: Teller) -> None:
        paying.order("orders/MO1/decline", code="INSUFFICIENT_FUNDS")
        assert paying.status()["state"] == "PENDING"
        assert told(paying) == [("checkout.transaction.attempt.failed", "PENDING")]
        paying.order("orders/MO1/pay")
        assert "errorCode" not in paying.status()

    def test_ends_it_where_trying_again_was_switched_off(self, teller: Teller) -> None:
        teller.pay("MO1", disablePaymentRetry=True)
        teller.order("orders/MO1/decline")
        assert told(teller) == [("checkout.order.failed", "FAILED")]
        with pytest.raises(OrderRefused, match="FAILED"):
            teller.order("orders/MO1/pay")
        assert teller.moved("captured") == 0


class TestAuthentication:
    @pytest.mark.parametrize(("succeeds", "state"), [(True, "COMPLETED"), (False, "PENDING")])
    def test_there_is_no_attempt_before_the_customer_comes_back(
        self, paying: Teller, succeeds: bool, state: str
    ) -> None:
        paying.order("orders/MO1/begin")
        assert paying.status()["paymentDetails"] == []
        paying.order("orders/MO1/authenticate", succeeds=succeeds)
        assert paying.status()["state"] == state
        assert len(paying.status()["paymentDetails"]) == 1

    def test_nobody_comes_back_who_was_not_sent(self, paying: Teller) -> None:
        with pytest.raises(OrderRefused):
            paying.order("orders/MO1/authenticate")


class TestSlowly:
    @pytest.mark.parametrize(("succeeds", "state"), [(True, "COMPLETED"), (False, "PENDING")])
    def test_the_bank_decides(self, paying: Teller, succeeds: bool, state: str) -> None:
        paying.order("orders/MO1/wait")
        assert [each["state"] for each in paying.status()["paymentDetails"]] == ["PENDING"]
        with pytest.raises(OrderRefused, match="a bank works"):
            paying.order("orders/MO1/pay")
        paying.order("orders/MO1/decide", succeeds=succeeds)
        assert paying.status()["state"] == state
        assert paying.moved("captured") == (50_000 if succeeds else 0)
        with pytest.raises(OrderRefused):
            paying.order("orders/MO1/decide")
