"""The account that payouts are drawn on."""

from __future__ import annotations

from payments.sandbox.razorpay.x.tests.conftest import NUMBER, Banking


class TestFund:
    def test_money_comes_and_is_told(self, x: Banking) -> None:
        x.fund(500_000)
        assert x.balance() == 500_000
        (event,) = x.events("transaction.created")
        told = event["payload"]["transaction"]["entity"]
        assert (told["credit"], told["debit"], told["balance"]) == (500_000, 0, 500_000)
        assert told["source"]["entity"] == "bank_transfer"

    def test_a_payout_leaves_with_its_fees(self, x: Banking) -> None:
        x.fund(500_000)
        payout = x.payout(amount=50_000)
        assert x.balance() == 500_000 - 50_000 - 590
        told = x.events("transaction.created")[-1]["payload"]["transaction"]["entity"]
        assert (told["debit"], told["amount"], told["source"]["id"]) == (50_590, 50_590, payout["id"])
        assert (told["source"]["fees"], told["source"]["tax"]) == (590, 90)

    def test_transactions_are_listed_newest_first(self, x: Banking) -> None:
        x.fund()
        x.payout()
        found = x.get("transactions", account_number=NUMBER)["items"]
        assert [each["source"]["entity"] for each in found] == ["payout", "bank_transfer"]
        assert x.get(f"transactions/{found[0]['id']}") == found[0]

    def test_of_another_account_nothing_is_told(self, x: Banking) -> None:
        assert x.get("transactions", account_number="1")["error"]["field"] == "account_number"
        assert "error" in x.get("transactions")
