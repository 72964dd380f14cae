"""Payouts of a connected account, over the API."""

from __future__ import annotations

from payments.sandbox.stripe.connect.tests.conftest import Connect


class TestCreate:
    def test_takes_the_account_s_own_money(self, connect: Connect) -> None:
        connect.transfer(2_000)
        made = connect.pay_out(1_500, **{"metadata[payout]": "po_1"})
        assert (made["status"], made["amount"], made["automatic"]) == ("pending", 1_500, False)
        assert (connect.balance(own=True), connect.balance()) == (3_000, 500)
        told = connect.told("payout.created")[0]
        assert (told["account"], told["data"]["object"]["id"]) == (connect.account, made["id"])
        moved = connect.within("GET", "balance_transactions", type="payout")["data"]
        assert [(each["id"], each["amount"]) for each in moved] == [(made["balance_transaction"], -1_500)]

    def test_more_than_it_has_is_refused(self, connect: Connect) -> None:
        connect.transfer(2_000)
        assert connect.pay_out(2_001)["error"]["code"] == "balance_insufficient"
        assert connect.balance() == 2_000

    def test_one_that_is_stopped_pays_nothing(self, connect: Connect) -> None:
        connect.transfer(2_000)
        connect.bench.order(f"accounts/{connect.account}/require")
        assert connect.pay_out(100)["error"]["code"] == "payouts_not_allowed"
        assert connect.balance() == 2_000

    def test_needs_a_bank_account_in_the_currency(self, connect: Connect) -> None:
        refused = connect.within("POST", "payouts", amount="100", currency="eur")["error"]
        assert "external accounts in that currency (eur)" in refused["message"]

    def test_of_the_platform_s_own_money_there_is_none(self, connect: Connect) -> None:
        refused = connect.bench.post("payouts", amount="100", currency="usd")["error"]
        assert "connected accounts only" in refused["message"]
        assert connect.balance(own=True) == 5_000


class TestReads:
    def test_an_account_sees_its_own(self, connect: Connect) -> None:
        connect.transfer(2_000)
        made = connect.pay_out(1_000)
        other = connect.bench.post("accounts", country="US")["id"]
        assert connect.within("GET", f"payouts/{made['id']}")["id"] == made["id"]
        assert connect.within("GET", f"payouts/{made['id']}", account=other)["error"]["code"] == "resource_missing"
        assert [each["id"] for each in connect.within("GET", "payouts")["data"]] == [made["id"]]
        assert connect.within("GET", "payouts", account=other)["data"] == []
        assert connect.within("GET", "payouts", status="paid")["data"] == []

    def test_its_movements_are_its_own(self, connect: Connect) -> None:
        connect.transfer(2_000)
        other = connect.bench.post("accounts", country="US")["id"]
        moved = connect.within("GET", "balance_transactions")["data"][0]["id"]
        assert connect.within("GET", f"balance_transactions/{moved}")["id"] == moved
        assert "error" in connect.within("GET", f"balance_transactions/{moved}", account=other)
        assert "error" in connect.bench.get(f"balance_transactions/{moved}")


class TestCancel:
    def test_gives_back_what_has_not_left(self, connect: Connect) -> None:
        connect.transfer(2_000)
        made = connect.pay_out(1_000)["id"]
        assert connect.within("POST", f"payouts/{made}/cancel")["status"] == "canceled"
        assert connect.balance() == 2_000
        assert connect.told("payout.canceled")[0]["data"]["object"]["id"] == made

    def test_what_has_left_cannot_be_stopped(self, connect: Connect) -> None:
        connect.transfer(2_000)
        made = connect.pay_out(1_000)["id"]
        connect.bench.order(f"payouts/{made}/advance")
        assert connect.within("POST", f"payouts/{made}/cancel")["error"]["code"] == "payout_unexpected_state"
        assert connect.balance() == 1_000
