"""A payout's life, and that the money of it is conserved."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.x.outcomes import ENDED, PROCESSING, QUEUED, account_number, address
from payments.sandbox.razorpay.x.tests.conftest import Banking

START = 10_000_000


def reason_of(payout: dict[str, Any]) -> str:
    return str(payout["status_details"]["reason"])


def names(x: Banking) -> list[str]:
    return [each["event"] for each in x.bench.events()]


class TestPaid:
    def test_it_arrives_with_a_utr(self, x: Banking) -> None:
        x.fund()
        seen = x.now(x.payout())
        assert (seen["status"], reason_of(seen), bool(seen["utr"])) == ("processed", "payout_processed", True)
        assert (seen["fees"], seen["tax"], x.balance()) == (590, 90, START - 50_590)
        assert names(x) == [
            "transaction.created", "transaction.created", "payout.initiated", "payout.processed", "payout.updated",
        ]  # fmt: skip

    def test_the_bank_decides_later_where_the_rules_say_so(self, x: Banking) -> None:
        x.bench.control("rules", payouts_after_s=60)
        x.fund()
        payout = x.payout()
        assert x.now(payout)["status"] == "processing"
        x.bench.shift(61)
        assert x.now(payout)["status"] == "processed"

    def test_or_by_order_alone(self, x: Banking) -> None:
        x.bench.control("rules", payouts_after_s=None)
        x.fund()
        payout = x.payout()
        x.bench.shift(9e5)
        assert x.now(payout)["status"] == "processing"
        x.bench.control(f"payouts/{payout['id']}/process")
        assert x.now(payout)["status"] == "processed"


class TestLowBalance:
    def test_it_waits_where_it_may_and_goes_when_money_comes(self, x: Banking) -> None:
        x.fund(50_589)
        payout = x.payout()
        assert (payout["status"], reason_of(payout), payout["fees"]) == ("queued", "low_balance", 0)
        x.fund(1)
        assert x.now(payout)["status"] == "processed"
        assert x.balance() == 0

    def test_it_fails_where_it_may_not(self, x: Banking) -> None:
        payout = x.payout(queue_if_low_balance=False)
        assert (payout["status"], reason_of(payout)) == ("failed", "insufficient_funds")
        assert names(x) == ["payout.failed"]

    def test_the_oldest_goes_first(self, x: Banking) -> None:
        first, second = x.payout(), x.payout()
        x.fund(60_000)
        assert (x.now(first)["status"], x.now(second)["status"]) == ("processed", "queued")


class TestTestValues:
    @pytest.mark.parametrize("reason", ENDED)
    def test_failed_leaves_the_balance_as_it_was(self, x: Banking, reason: str) -> None:
        x.fund()
        seen = x.now(x.payout(account_number("failed", reason)))
        assert (seen["status"], reason_of(seen), x.balance()) == ("failed", reason, START)

    @pytest.mark.parametrize("reason", ENDED)
    def test_reversed_comes_back_with_its_fees(self, x: Banking, reason: str) -> None:
        x.fund()
        seen = x.now(x.payout(account_number("reversed", reason)))
        assert (seen["status"], reason_of(seen), x.balance()) == ("reversed", reason, START)
        told = x.events("transaction.created")[-1]["payload"]["transaction"]["entity"]
        assert (told["credit"], told["source"]["entity"], told["source"]["payout_id"]) == (
            50_590, "reversal", seen["id"],
        )  # fmt: skip

    def test_returned_is_processed_first(self, x: Banking) -> None:
        x.bench.control("rules", payouts_return_after_s=3600)
        x.fund()
        payout = x.payout(account_number("returned", "bank_account_closed"))
        assert x.now(payout)["status"] == "processed"
        x.bench.shift(3601)
        assert (x.now(payout)["status"], x.balance()) == ("reversed", START)
        assert names(x)[-1] == "payout.reversed"

    def test_credited_is_failed_until_the_money_is_back(self, x: Banking) -> None:
        x.bench.control("rules", payouts_return_after_s=3600)
        x.fund()
        payout = x.payout(account_number("credited", "gateway_timeout"))
        assert (x.now(payout)["status"], x.balance()) == ("failed", START - 50_590)
        x.bench.shift(3601)
        assert (x.now(payout)["status"], x.balance()) == ("reversed", START)

    @pytest.mark.parametrize("reason", PROCESSING)
    def test_processing_stays(self, x: Banking, reason: str) -> None:
        x.fund()
        payout = x.payout(account_number("processing", reason))
        x.bench.shift(9e5)
        assert (x.now(payout)["status"], reason_of(x.now(payout))) == ("processing", reason)

    @pytest.mark.parametrize("reason", QUEUED)
    def test_queued_stays_until_it_goes_on(self, x: Banking, reason: str) -> None:
        x.fund()
        payout = x.payout(account_number("queued", reason))
        assert (x.now(payout)["status"], reason_of(payout), x.balance()) == ("queued", reason, START)
        x.bench.control(f"payouts/{payout['id']}/go_on")
        assert x.now(payout)["status"] == "processed"

    def test_pending_waits_for_a_person(self, x: Banking) -> None:
        x.fund()
        number = account_number("pending", "pending_approval")
        taken, refused = x.payout(number), x.payout(number)
        x.bench.control(f"payouts/{taken['id']}/go_on")
        x.bench.control(f"payouts/{refused['id']}/reject")
        assert (x.now(taken)["status"], x.now(refused)["status"]) == ("processed", "rejected")
        assert x.balance() == START - 50_590

    def test_an_address_has_them_too(self, x: Banking) -> None:
        x.fund()
        account = x.vpa(address("failed", "beneficiary_vpa_invalid"))
        assert reason_of(x.now(x.payout(fund_account_id=account, mode="UPI"))) == "beneficiary_vpa_invalid"


class TestByOrder:
    def test_what_was_processed_is_reversed_once(self, x: Banking) -> None:
        x.fund()
        payout = x.payout()
        x.bench.engine.run_timers()
        x.bench.control(f"payouts/{payout['id']}/reverse")
        assert x.bench.control(f"payouts/{payout['id']}/reverse")["error"]
        assert (x.now(payout)["status"], x.balance()) == ("reversed", START)

    def test_what_failed_and_was_credited_is_not_credited_again(self, x: Banking) -> None:
        x.fund()
        payout = x.now(x.payout(account_number("failed", "gateway_down")))
        assert x.bench.control(f"payouts/{payout['id']}/reverse")["error"]
        assert x.balance() == START

    def test_what_was_reversed_may_be_called_failed(self, x: Banking) -> None:
        """Current accounts alone: razorpay.com/docs/x/payouts/states-life-cycle."""
        x.fund()
        payout = x.now(x.payout(account_number("reversed", "gateway_down")))
        x.bench.control(f"payouts/{payout['id']}/fail", reason="gateway_down")
        assert (x.now(payout)["status"], x.balance()) == ("failed", START)

    def test_a_payout_of_the_dashboard_carries_no_mark_of_ours(self, x: Banking) -> None:
        x.fund()
        made = x.bench.control("dashboard_payout", fund_account_id=x.fund_account(), amount=1_000)["object"]
        assert (made["reference_id"], x.now(made)["status"]) == (None, "processed")
        assert x.bench.control("dashboard_payout", fund_account_id="fa_None", amount=1_000)["error"]

    @pytest.mark.parametrize("verb", ["process", "fail", "reverse", "reject", "cancel", "go_on"])
    def test_what_is_cancelled_stays_so(self, x: Banking, verb: str) -> None:
        payout = x.payout()
        x.post(f"payouts/{payout['id']}/cancel")
        assert x.bench.control(f"payouts/{payout['id']}/{verb}")["error"]
        assert x.now(payout)["status"] == "cancelled"


def test_money_is_conserved(x: Banking) -> None:
    """The balance is what came less what is out, whatever became of each."""
    x.fund()
    for word in ("failed", "reversed", "returned", "credited", "processing"):
        x.payout(account_number(word, "gateway_down" if word != "processing" else "bank_window_closed"))
        x.payout()
    x.bench.engine.run_timers()
    found = x.get("payouts", account_number="7878780080316316", count=100)["items"]
    out = sum(each["amount"] + each["fees"] for each in found if each["status"] in ("processed", "processing"))
    lines = x.get("transactions", account_number="7878780080316316", count=100)["items"]
    assert x.balance() == START - out == sum(line["credit"] - line["debit"] for line in lines)
    assert len(found) == 10
