"""Payouts: the key that they are made under, what is refused, how they are found and stopped."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.x.outcomes import account_number
from payments.sandbox.razorpay.x.tests.conftest import NUMBER, Banking


class TestKey:
    def test_is_mandatory(self, x: Banking) -> None:
        x.fund()
        error = x.payout(key="")["error"]
        assert (error["code"], error["field"], error["step"]) == ("BAD_REQUEST_ERROR", "X-Payout-Idempotency", None)
        assert x.balance() == 10_000_000

    def test_the_same_body_gives_the_payout_as_it_is_now(self, x: Banking) -> None:
        x.fund()
        first = x.payout(key="call_same")
        again = x.payout(key="call_same")
        assert (first["status"], again["status"], again["id"]) == ("processing", "processed", first["id"])
        assert x.balance() == 10_000_000 - 50_590
        assert len(x.events("payout.initiated")) == 1

    def test_another_body_is_refused(self, x: Banking) -> None:
        x.fund()
        x.payout(key="call_same")
        assert x.payout(key="call_same", amount=50_001)["error"]["field"] == "X-Payout-Idempotency"
        assert x.balance() == 10_000_000 - 50_590

    def test_is_kept_after_the_end(self, x: Banking) -> None:
        """Who wants to try again takes a new key."""
        x.fund()
        number = account_number("failed", "bank_account_closed")
        first = x.payout(number, key="call_same")
        x.bench.shift(3 * 24 * 3600)
        assert x.payout(number, key="call_same") == x.now(first)
        assert x.payout(number)["id"] != first["id"]

    def test_what_was_refused_left_nothing_under_it(self, x: Banking) -> None:
        x.fund()
        assert "error" in x.payout(key="call_same", amount=1)
        assert x.payout(key="call_same")["status"] == "processing"


class TestCreate:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("account_number", "1"), ("amount", 99), ("amount", None), ("currency", "USD"), ("mode", "UPI"),
            ("mode", "imps"), ("purpose", "bribe"), ("narration", "Tea, hot"), ("narration", "x" * 31),
            ("reference_id", "x" * 41),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_and_moves_nothing(self, x: Banking, field: str, value: Any) -> None:
        x.fund()
        assert x.payout(**{field: value})["error"]["field"] == field
        assert x.balance() == 10_000_000
        assert x.get("payouts", account_number=NUMBER)["count"] == 0

    @pytest.mark.parametrize(("mode", "amount"), [("IMPS", 50_000_001), ("RTGS", 19_999_999)])
    def test_modes_have_limits(self, x: Banking, mode: str, amount: int) -> None:
        x.fund(100_000_000)
        assert x.payout(mode=mode, amount=amount)["error"]["field"] == "amount"

    def test_an_address_is_paid_by_upi_alone(self, x: Banking) -> None:
        x.fund()
        account = x.vpa("gaurav.kumar@exampleupi")
        assert x.payout(fund_account_id=account)["error"]["field"] == "mode"
        assert x.payout(fund_account_id=account, mode="UPI")["status"] == "processing"
        assert x.payout(fund_account_id=account, mode="UPI", amount=10_000_001)["error"]["field"] == "amount"

    def test_there_must_be_such_a_fund_account(self, x: Banking) -> None:
        assert "does not exist" in x.payout(fund_account_id="fa_None")["error"]["description"]


class TestList:
    def test_by_what_they_carry(self, x: Banking) -> None:
        x.fund()
        first, second = x.payout(reference_id="po_1"), x.payout(reference_id="po_2")
        found = x.get("payouts", account_number=NUMBER, reference_id="po_2")["items"]
        assert [each["id"] for each in found] == [second["id"]]
        everything = x.get("payouts", account_number=NUMBER, count=2)["items"]
        assert [each["id"] for each in everything] == [second["id"], first["id"]]
        assert x.get("payouts", account_number=NUMBER, status="failed")["count"] == 0
        assert x.get("payouts", account_number="1")["error"]["field"] == "account_number"
        assert x.get("payouts")["error"]["field"] == "account_number"


class TestCancel:
    def test_what_is_queued_is_stopped(self, x: Banking) -> None:
        payout = x.payout()
        assert payout["status"] == "queued"
        assert x.post(f"payouts/{payout['id']}/cancel", remarks="by order")["status"] == "cancelled"
        x.fund()
        assert x.now(payout)["status"] == "cancelled"
        assert x.balance() == 10_000_000

    def test_anything_else_is_not(self, x: Banking) -> None:
        x.fund()
        payout = x.payout()
        assert "queued" in x.post(f"payouts/{payout['id']}/cancel")["error"]["description"]
        assert x.now(payout)["status"] == "processed"
