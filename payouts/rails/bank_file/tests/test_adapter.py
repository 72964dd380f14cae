"""The rail that is a person pays bank accounts, and is never asked anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import NotOffered
from payouts.rails.bank_file.adapter import BankFileRail
from payouts.rails.contract import RailCapability
from payouts.rails.registry import rail_for

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RAIL: Any = BankFileRail()


class TestRail:
    def test_every_bank_account_of_ours_has_one(self) -> None:
        rail = rail_for("bank:main")
        assert (rail.name, rail.currencies) == ("bank_file", None)
        assert rail.capabilities == {RailCapability.BANK_ACCOUNTS}

    def test_it_pays_bank_accounts_alone(self) -> None:
        assert RAIL.why_not_pay(Money(1, "INR"), kind="bank_account") is None
        refusal = RAIL.why_not_pay(Money(1, "INR"), kind="upi")
        assert refusal is not None
        assert refusal.code == "destination_not_supported"

    @pytest.mark.parametrize(
        "ask",
        [
            lambda: RAIL.create_recipient(key="k", new=None),
            lambda: RAIL.create_destination(key="k", new=None),
            lambda: RAIL.get_destination(recipient_id="r", account_id="a"),
            lambda: RAIL.create_transfer(key="k", new=None),
            lambda: RAIL.find_transfer(our_id="po_1", call_id="c", since=NOW),
            lambda: RAIL.get_transfer(transfer_id="t"),
            lambda: RAIL.reverse_transfer(key="k", our_id="po_1", transfer_id="t", amount=Money(1, "INR")),
            lambda: RAIL.find_reversal(call_id="c", transfer_id="t"),
            lambda: RAIL.create_payout(key="k", new=None),
            lambda: RAIL.find_payout(our_id="po_1", call_id="c", account_id="a", since=NOW),
            lambda: RAIL.get_payout(payout_id="p", account_id="a"),
            lambda: RAIL.cancel_payout(key="k", payout_id="p", account_id="a"),
            lambda: RAIL.list_payouts(since=NOW),
            lambda: RAIL.get_float(currency="INR"),
        ],
    )
    def test_nobody_asks_it_anything(self, ask: Callable[[], Any]) -> None:
        with pytest.raises(NotOffered):
            ask()
