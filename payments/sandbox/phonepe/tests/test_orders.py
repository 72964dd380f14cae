"""Orders: made once, read as they stand, over in time."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.phonepe.tests.teller import Teller


class TestCreate:
    def test_waits_for_the_customer(self, teller: Teller) -> None:
        given = teller.pay("MO1")
        assert (given.status, given.body["state"]) == (200, "PENDING")
        assert given.body["orderId"].startswith("OMO")
        assert given.body["redirectUrl"].startswith("http://s/phonepe/transact/uat_v2?token=")
        shown = teller.status("MO1")
        assert (shown["orderId"], shown["expireAt"]) == (given.body["orderId"], given.body["expireAt"])
        assert (shown["paymentDetails"], shown["metaInfo"]) == ([], {"udf1": "MO1", "udf3": "ord_1"})
        assert "redirectUrl" not in shown, "the link is told once"

    def test_an_id_that_was_used_before_is_a_bad_request_and_nothing_more_is_said(self, teller: Teller) -> None:
        teller.pay("MO1")
        again = teller.pay("MO1")
        assert (again.status, again.body) == (
            400,
            {"code": "BAD_REQUEST", "message": "Please check the inputs you have provided."},
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": 99},
            {"amount": "100"},
            {"amount": True},
            {"expireAfter": 299},
            {"expireAfter": 3_601},
            {"merchantOrderId": "x" * 64},
            {"merchantOrderId": "with space"},
            {"merchantOrderId": None},
            {"metaInfo": {"udf16": "x"}},
            {"metaInfo": {"udf1": "x" * 257}},
            {"paymentFlow": {"type": "OTHER"}},
            {"paymentFlow": None},
            {"paymentFlow": {"type": "PG_CHECKOUT", "merchantUrls": None}},
        ],
    )
    def test_refuses_what_is_out_of_bounds(self, teller: Teller, changes: dict[str, Any]) -> None:
        assert teller.pay(**changes).status == 400
        assert teller.status("MO1")["code"] == "INVALID_MERCHANT_ORDER_ID"


class TestStatus:
    def test_shows_every_attempt_or_the_last(self, teller: Teller) -> None:
        teller.pay("MO1")
        teller.order("orders/MO1/decline")
        teller.order("orders/MO1/pay")
        assert [each["state"] for each in teller.status("MO1")["paymentDetails"]] == ["FAILED", "COMPLETED"]
        assert [each["state"] for each in teller.status("MO1", details="false")["paymentDetails"]] == ["COMPLETED"]

    def test_explains_a_failure_where_it_is_asked_to(self, teller: Teller) -> None:
        teller.pay("MO1", disablePaymentRetry=True)
        teller.order("orders/MO1/decline")
        assert "errorContext" not in teller.status("MO1")
        assert teller.status("MO1", errorContext="true")["errorContext"]["errorCode"] == "INVALID_MPIN"


class TestRunOut:
    def test_an_unpaid_order_fails_at_its_end(self, teller: Teller) -> None:
        teller.pay("MO1", expireAfter=300)
        teller.shift(299)
        assert teller.status("MO1")["state"] == "PENDING"
        teller.shift(2)
        assert teller.status("MO1")["state"] == "FAILED"
        assert [event["event"] for event in teller.events()] == ["checkout.order.failed"]

    def test_what_a_bank_works_on_is_waited_for(self, teller: Teller) -> None:
        teller.pay("MO1", expireAfter=300)
        teller.order("orders/MO1/wait")
        teller.shift(400)
        assert teller.status("MO1")["state"] == "PENDING"
        teller.order("orders/MO1/decide", succeeds=True)
        assert teller.status("MO1")["state"] == "COMPLETED"

    def test_a_paid_order_stays_paid(self, teller: Teller) -> None:
        teller.pay("MO1")
        teller.order("orders/MO1/pay")
        teller.order("orders/MO1/expire")
        teller.shift(5_000)
        teller.login()
        assert teller.status("MO1")["state"] == "COMPLETED"
