"""Contacts and fund accounts: made once for the same data."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.x.tests.conftest import Banking

CONTACT: dict[str, Any] = {"name": "A Person", "type": "vendor", "reference_id": "pye_1"}
ACCOUNT = {"name": "A Person", "ifsc": "HDFC0000053", "account_number": "765432123456789"}


class TestContacts:
    def test_equal_data_give_the_same_one(self, x: Banking) -> None:
        first = x.post("contacts", **CONTACT)
        assert x.post("contacts", **CONTACT) == first
        assert x.post("contacts", **CONTACT | {"reference_id": "pye_2"})["id"] != first["id"]
        assert x.get(f"contacts/{first['id']}") == first
        assert x.get("contacts")["count"] == 2

    @pytest.mark.parametrize(
        ("field", "value"), [("name", None), ("name", "<b>"), ("type", "friend"), ("reference_id", "x" * 41)]
    )
    def test_what_is_wrong_is_named(self, x: Banking, field: str, value: Any) -> None:
        assert x.post("contacts", **CONTACT | {field: value})["error"]["field"] == field


class TestFundAccounts:
    def test_equal_data_give_the_same_one(self, x: Banking) -> None:
        first = x.fund_account()
        assert x.fund_account() == first
        assert x.fund_account("765432123456780") != first
        assert x.get(f"fund_accounts/{first}")["bank_account"]["bank_name"] == "HDFC Bank"
        contact_id = x.get(f"fund_accounts/{first}")["contact_id"]
        assert x.get("fund_accounts", contact_id=contact_id)["count"] == 2
        assert x.get("fund_accounts", contact_id="cont_None")["count"] == 0

    def test_an_address_is_taken_apart(self, x: Banking) -> None:
        account = x.get(f"fund_accounts/{x.vpa('gaurav.kumar@exampleupi')}")
        assert account["vpa"] == {
            "username": "gaurav.kumar", "handle": "exampleupi", "address": "gaurav.kumar@exampleupi",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("field", "value"), [("ifsc", "HDFC1000053"), ("ifsc", ""), ("account_number", "12"), ("name", "")]
    )
    def test_what_is_wrong_is_named(self, x: Banking, field: str, value: str) -> None:
        contact = x.post("contacts", **CONTACT)
        body: dict[str, Any] = {"account_type": "bank_account", "bank_account": ACCOUNT | {field: value}}
        assert x.post("fund_accounts", contact_id=contact["id"], **body)["error"]["field"] == field
        assert x.get("fund_accounts")["count"] == 0

    def test_other_kinds_and_wrong_addresses_are_refused(self, x: Banking) -> None:
        contact = x.post("contacts", **CONTACT)["id"]
        wrong = x.post("fund_accounts", contact_id=contact, account_type="vpa", vpa={"address": "no address"})
        assert wrong["error"]["field"] == "address"
        assert x.post("fund_accounts", contact_id=contact, account_type="card")["error"]["field"] == "account_type"
        assert x.post("fund_accounts", contact_id=contact, account_type="vpa")["error"]["field"] == "vpa"
        assert "does not exist" in x.post("fund_accounts", contact_id="cont_None")["error"]["description"]


class TestKeyAndAddress:
    def test_the_key_of_payments_opens_nothing_here_nor_ours_there(self, x: Banking) -> None:
        assert x.ask("POST", "contacts", pair=("rzp_test_Bench", "bench-secret"), **CONTACT).status == 401
        assert x.ask("GET", "orders").status == 401
        assert x.ask("GET", "contacts").status == 200

    def test_an_address_that_is_not_listed_is_refused(self, x: Banking) -> None:
        x.bench.control("rules", address_is_listed=False)
        answer = x.ask("POST", "contacts", **CONTACT)
        assert answer.status == 401
        assert "allowlisted" in answer.body
        x.bench.control("rules", address_is_listed=True)
        assert x.get("contacts")["count"] == 0
