"""The bodies that are sent: the same for the same values, and no more than RazorpayX needs to know."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from config.kernel.money import Money
from payouts.rails.contract import NewDestination, NewPayout
from payouts.rails.razorpayx.requests import (
    contact_body,
    contact_name,
    fund_account_body,
    narration,
    payout_body,
    validation_body,
)

DESTINATION = NewDestination(
    our_id="dst_1", payee_id="pye_1", kind="bank_account", currency="INR", holder="Asha Rao", legal_form="person",
    country="IN", details={"holder": "Asha Rao", "ifsc": "HDFC0000053", "account_number": "765432123456789"},
    recipient_id="cont_1",
)  # fmt: skip
PAYOUT = NewPayout(
    our_id="po_1", call_id="call_1", amount=Money(50_000, "INR"), account_id="fa_1", kind="bank_account",
    narration="Holdfast payout",
)  # fmt: skip
NUMBER = "7878780080316316"


class TestContact:
    def test_says_a_name_and_our_id(self) -> None:
        assert contact_body(DESTINATION) == {
            "name": "Asha Rao", "type": "vendor", "reference_id": "pye_1", "notes": {"payee": "pye_1"},
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("holder", "name"),
        [
            ("José Núñez", "Jose Nunez"), ("<b>Asha</b>", "b Asha b"), ("आशा राव", "pye 1"), ("A", "pye 1"),
            ("O'Neill & Co.", "O'Neill Co."), ("x" * 80, "x" * 50),
        ],
    )  # fmt: skip
    def test_a_name_has_letters_that_it_may_have(self, holder: str, name: str) -> None:
        assert contact_name(replace(DESTINATION, holder=holder)) == name


class TestFundAccount:
    def test_of_a_bank_account(self) -> None:
        assert fund_account_body(DESTINATION) == {
            "contact_id": "cont_1", "account_type": "bank_account",
            "bank_account": {"name": "Asha Rao", "ifsc": "HDFC0000053", "account_number": "765432123456789"},
        }  # fmt: skip

    def test_of_an_address(self) -> None:
        upi = replace(DESTINATION, kind="upi", details={"holder": "Asha Rao", "address": "asha@okbank"})
        assert fund_account_body(upi) == {
            "contact_id": "cont_1", "account_type": "vpa", "vpa": {"address": "asha@okbank"},
        }  # fmt: skip

    def test_a_validation_is_marked_and_costs_a_rupee(self) -> None:
        body = validation_body(DESTINATION, key="call_1", fund_account_id="fa_1", account_number=NUMBER)
        assert (body["account_number"], body["fund_account"], body["amount"]) == (NUMBER, {"id": "fa_1"}, 100)
        assert body["notes"] == {"destination": "dst_1", "call": "call_1"}


class TestPayout:
    def test_says_all_that_it_must(self) -> None:
        assert payout_body(PAYOUT, account_number=NUMBER) == {
            "account_number": NUMBER, "fund_account_id": "fa_1", "amount": 50_000, "currency": "INR", "mode": "IMPS",
            "purpose": "payout", "queue_if_low_balance": True, "reference_id": "po_1", "narration": "Holdfast payout",
            "notes": {"payout": "po_1", "call": "call_1"},
        }  # fmt: skip

    def test_is_the_same_byte_for_byte(self) -> None:
        first, again = (json.dumps(payout_body(PAYOUT, account_number=NUMBER)) for _ in range(2))
        assert first == again

    @pytest.mark.parametrize(
        ("changes", "mode"),
        [
            ({"kind": "upi"}, "UPI"),
            ({"amount": Money(30_000_000, "INR")}, "RTGS"),
            ({"failed_before": "imps_not_allowed"}, "NEFT"),
        ],
    )
    def test_goes_by_the_mode_of_the_rule(self, changes: dict[str, Any], mode: str) -> None:
        assert payout_body(replace(PAYOUT, **changes), account_number=NUMBER)["mode"] == mode

    @pytest.mark.parametrize(
        ("wanted", "shown"),
        [
            ("Payout: 21/11, thanks!", "Payout 21 11 thanks"), ("", "Payout"), ("₹", "Payout"),
            ("x" * 40, "x" * 30), ("Café com José", "Cafe com Jose"), (f"{'x' * 29} y", "x" * 29),
        ],
    )  # fmt: skip
    def test_shows_letters_digits_and_spaces_alone(self, wanted: str, shown: str) -> None:
        assert narration(wanted) == shown
