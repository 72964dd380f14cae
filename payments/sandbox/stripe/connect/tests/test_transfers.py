"""Transfers to connected accounts, and their reversals."""

from __future__ import annotations

import pytest

from payments.sandbox.stripe.connect.tests.conftest import Connect
from payments.sandbox.tests.in_process import Bench


class TestCreate:
    def test_the_money_changes_hands_at_once(self, connect: Connect) -> None:
        made = connect.transfer(
            2_000, transfer_group="po_1", **{"metadata[payout]": "po_1", "metadata[call]": "call_1"}
        )
        assert (made["object"], made["amount"], made["transfer_group"]) == ("transfer", 2_000, "po_1")
        assert "status" not in made
        assert (connect.balance(own=True), connect.balance()) == (3_000, 2_000)
        assert connect.bench.get(f"transfers/{made['id']}") == made
        ours = connect.bench.get("balance_transactions", type="transfer")["data"]
        assert [(each["amount"], each["source"]) for each in ours] == [(-2_000, made["id"])]
        theirs = connect.within("GET", "balance_transactions")["data"]
        assert [(each["amount"], each["source"]) for each in theirs] == [(2_000, made["destination_payment"])]
        told = connect.bench.get("events", type="transfer.created")["data"]
        assert [each["data"]["object"]["id"] for each in told] == [made["id"]]
        assert "account" not in told[0]

    def test_never_waits_for_money_that_is_not_available(self, connect: Connect) -> None:
        connect.bench.post(
            "payment_intents", amount="9000", currency="usd", payment_method="pm_card_visa", confirm="true"
        )
        connect.bench.order("settle")
        refused = connect.transfer(5_001)["error"]
        assert (refused["code"], refused["type"]) == ("balance_insufficient", "invalid_request_error")
        assert (connect.balance(own=True), connect.balance()) == (5_000, 0)
        assert connect.bench.get("transfers")["data"] == []

    def test_a_refusal_of_it_is_kept_under_its_key(self, connect: Connect) -> None:
        sent = {"amount": "6000", "currency": "usd", "destination": connect.account}
        connect.bench.post("transfers", key="k1", **sent)
        connect.bench.order("topup", amount=5_000)
        assert connect.bench.post("transfers", key="k1", **sent)["error"]["code"] == "balance_insufficient"
        assert "error" not in connect.bench.post("transfers", key="k2", **sent)

    def test_an_account_that_may_not_have_any_gets_none(self, connect: Connect) -> None:
        connect.bench.order(f"accounts/{connect.account}/disable")
        assert connect.transfer(100)["error"]["code"] == "insufficient_capabilities_for_transfer"
        assert connect.balance(own=True) == 5_000

    @pytest.mark.parametrize("missing", ["amount", "currency", "destination"])
    def test_needs(self, connect: Connect, missing: str) -> None:
        sent = {"amount": "1", "currency": "usd", "destination": connect.account}
        del sent[missing]
        assert connect.bench.post("transfers", **sent)["error"]["code"] == "parameter_missing"

    def test_is_found_by_its_group(self, connect: Connect) -> None:
        first = connect.transfer(100, transfer_group="po_1")["id"]
        second = connect.transfer(100, transfer_group="po_2")["id"]
        assert [each["id"] for each in connect.bench.get("transfers", transfer_group="po_1")["data"]] == [first]
        found = connect.bench.get("transfers", destination=connect.account)["data"]
        assert [each["id"] for each in found] == [second, first]


class TestReverse:
    def test_takes_parts_back_until_nothing_is_left(self, connect: Connect, bench: Bench) -> None:
        made = connect.transfer(2_000)["id"]
        part = bench.post(f"transfers/{made}/reversals", amount="500", **{"metadata[call]": "call_1"})
        assert (part["object"], part["transfer"], part["metadata"]) == ("transfer_reversal", made, {"call": "call_1"})
        assert (connect.balance(own=True), connect.balance()) == (3_500, 1_500)
        rest = bench.post(f"transfers/{made}/reversals")
        assert rest["amount"] == 1_500
        transfer = bench.get(f"transfers/{made}")
        assert (transfer["amount_reversed"], transfer["reversed"]) == (2_000, True)
        assert [each["id"] for each in transfer["reversals"]["data"]] == [rest["id"], part["id"]]
        assert [each["id"] for each in bench.get(f"transfers/{made}/reversals")["data"]] == [rest["id"], part["id"]]
        told = bench.get("events", type="transfer.reversed")["data"]
        assert [each["data"]["previous_attributes"]["amount_reversed"] for each in told] == [500, 0]
        assert {each["type"] for each in bench.get("balance_transactions")["data"]} >= {"transfer", "transfer_refund"}

    def test_more_than_is_left_is_refused(self, connect: Connect, bench: Bench) -> None:
        made = connect.transfer(2_000)["id"]
        bench.post(f"transfers/{made}/reversals", amount="1500")
        refused = bench.post(f"transfers/{made}/reversals", amount="501")["error"]
        assert refused["param"] == "amount"
        assert connect.balance() == 500

    def test_what_the_account_has_paid_out_cannot_be_taken_back(self, connect: Connect, bench: Bench) -> None:
        made = connect.transfer(2_000)["id"]
        connect.pay_out(1_800)
        refused = bench.post(f"transfers/{made}/reversals", amount="201")["error"]
        assert refused["code"] == "balance_insufficient"
        assert bench.get(f"transfers/{made}")["amount_reversed"] == 0
        assert bench.post(f"transfers/{made}/reversals", amount="200")["amount"] == 200
