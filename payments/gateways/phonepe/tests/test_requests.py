"""What is sent: the same for the same values, and our ids with it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import NewPayment
from payments.gateways.phonepe.requests import ids_in, life_s, pay_body, refund_id

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NEW = NewPayment(
    our_id=new_id("pay"),
    call_id=new_id("call"),
    order_id=new_id("ord"),
    amount=Money(12_345, "INR"),
    opened_at=AT,
    success_url="https://shop.test/back",
    email="buyer@example.com",
)


class TestPayBody:
    def test_one_payment_is_one_order(self) -> None:
        body = pay_body(NEW)
        assert (body["merchantOrderId"], body["amount"]) == (NEW.our_id, 12_345)
        assert body["metaInfo"] == {
            "udf1": NEW.our_id, "udf2": NEW.call_id, "udf3": NEW.order_id, "udf4": str(int(AT.timestamp())),
        }  # fmt: skip
        assert body["paymentFlow"]["merchantUrls"] == {"redirectUrl": "https://shop.test/back"}

    def test_is_the_same_to_the_letter_and_tells_nothing_of_the_person(self) -> None:
        assert pay_body(NEW) == pay_body(replace(NEW))
        assert "buyer@example.com" not in str(pay_body(NEW))

    def test_our_ids_keep_within_its_bounds(self) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,63}", NEW.our_id)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,63}", refund_id(our_id=new_id("rf"), call_id=new_id("call")))

    def test_without_an_instant_there_is_no_mark_of_it(self) -> None:
        assert "udf4" not in pay_body(replace(NEW, opened_at=None))["metaInfo"]


class TestLife:
    @pytest.mark.parametrize(
        ("minutes", "seconds"), [(-5, 300), (1, 300), (5, 300), (30, 1_800), (60, 3_600), (600, 3_600)]
    )
    def test_is_brought_within_what_is_allowed(self, minutes: int, seconds: int) -> None:
        assert life_s(replace(NEW, expires_at=AT + timedelta(minutes=minutes))) == seconds

    def test_is_twenty_minutes_where_nothing_is_said(self) -> None:
        assert life_s(NEW) == life_s(replace(NEW, expires_at=AT, opened_at=None)) == 1_200


class TestRefundId:
    def test_carries_both_ids_there_and_back(self) -> None:
        ours, call = new_id("rf"), new_id("call")
        assert ids_in(refund_id(our_id=ours, call_id=call)) == (ours, call)
        assert refund_id(our_id=ours, call_id=call) != refund_id(our_id=ours, call_id=new_id("call"))

    @pytest.mark.parametrize(
        "other", ["", "DASH123", "rf_one", "rf_one-", "-call_one", "rf_one-two", "pay_one-call_one"]
    )
    def test_finds_none_in_others(self, other: str) -> None:
        assert ids_in(other) == ("", "")
