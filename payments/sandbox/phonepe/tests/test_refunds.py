"""Refunds: made once, never more than there was, seen through to their end."""

from __future__ import annotations

import pytest

from payments.sandbox.phonepe.tests.teller import Teller


@pytest.fixture
def paid(teller: Teller) -> Teller:
    teller.pay("MO1")
    teller.order("orders/MO1/pay")
    return teller


def told(teller: Teller) -> list[tuple[str, str]]:
    return [(event["event"], event["payload"]["state"]) for event in teller.events()[1:]]


class TestCreate:
    def test_is_pending_in_the_answer_and_through_in_its_time(self, paid: Teller) -> None:
        paid.order("rules", refund_after_s=2)
        given = paid.refund("MR1", amount=20_000)
        assert (given.status, given.body["state"], given.body["amount"]) == (200, "PENDING", 20_000)
        assert paid.refund_status("MR1")["state"] == "PENDING"
        paid.shift(3)
        assert paid.refund_status("MR1")["state"] == "COMPLETED"
        assert paid.moved("refunded") == 20_000
        assert told(paid) == [("pg.refund.accepted", "CONFIRMED"), ("pg.refund.completed", "COMPLETED")]

    def test_an_id_that_was_used_before_is_a_bad_request(self, paid: Teller) -> None:
        paid.refund("MR1", amount=10_000)
        assert paid.refund("MR1", amount=10_000).body["code"] == "BAD_REQUEST"
        assert paid.moved("refunded") == 10_000

    @pytest.mark.parametrize(
        ("refund_id", "order_id", "amount"),
        [("MR1", "MO1", 50_001), ("MR1", "MO1", 99), ("MR1", "MO2", 100), ("MR 1", "MO1", 100), ("x" * 64, "MO1", 100)],
    )
    def test_refuses_what_is_out_of_bounds(self, paid: Teller, refund_id: str, order_id: str, amount: int) -> None:
        assert paid.refund(refund_id, order_id, amount).status == 400
        assert paid.moved("refunded") == 0

    def test_refuses_more_than_what_is_left_also_of_what_is_pending(self, paid: Teller) -> None:
        paid.order("rules", refunds_wait=1)
        paid.refund("MR1", amount=30_000)
        assert paid.refund("MR2", amount=20_001).status == 400
        assert paid.refund("MR3", amount=20_000).status == 200
        assert paid.refund_status("MR1")["state"] == "PENDING", "it waits for an order"
        paid.order("refunds/MR1/succeed")
        assert paid.moved("refunded") == 50_000

    def test_an_unpaid_order_has_nothing_to_give_back(self, teller: Teller) -> None:
        teller.pay("MO1")
        assert teller.refund().status == 400

    def test_by_hand_it_waits_for_orders(self, paid: Teller) -> None:
        paid.order("rules", refund_after_s=None)
        paid.refund("MR1")
        paid.shift(1_000)
        assert paid.refund_status("MR1")["state"] == "PENDING"


class TestStatus:
    def test_an_unknown_id_is_said_to_be_unknown(self, teller: Teller) -> None:
        assert teller.refund_status("MR1")["code"] == "INVALID_MERCHANT_REFUND_ID"

    def test_one_of_the_dashboard_has_an_id_of_its_own(self, paid: Teller) -> None:
        paid.order("orders/MO1/refund", amount=5_000)
        payload = paid.events()[-1]["payload"]
        assert (payload["originalMerchantOrderId"], payload["amount"]) == ("MO1", 5_000)
        assert paid.refund_status(payload["merchantRefundId"])["state"] == "COMPLETED"


class TestFail:
    def test_what_it_held_is_free_again(self, paid: Teller) -> None:
        paid.order("rules", refunds_wait=1)
        paid.refund("MR1")
        paid.order("refunds/MR1/fail", code="BENEFICIARY_CLOSED")
        shown = paid.refund_status("MR1")
        assert (shown["state"], shown["errorCode"]) == ("FAILED", "BENEFICIARY_CLOSED")
        assert (paid.moved("refunded"), paid.moved("refund_returned")) == (0, 0)
        assert paid.refund("MR2").status == 200

    def test_after_success_the_money_came_back(self, paid: Teller) -> None:
        paid.refund("MR1")
        paid.order("refunds/MR1/fail")
        paid.order("refunds/MR1/fail")
        paid.order("refunds/MR1/succeed")
        assert (paid.moved("refunded"), paid.moved("refund_returned")) == (50_000, 50_000)
        assert told(paid)[-1] == ("pg.refund.failed", "FAILED")
