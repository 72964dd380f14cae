"""Which rail a destination gets."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.payees.routing import DestinationNotOffered, account_of, is_spoken_to, rail_of
from payouts.payees.tests.dummy_rail import use_dummy_rail
from payouts.rails.contract import RailCapability
from payouts.rails.registry import UnknownRailAccount


class TestRailOf:
    def test_one_that_is_spoken_to_comes_before_the_file(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        use_dummy_rail(settings, monkeypatch)
        assert rail_of(kind="bank_account", currency="INR") == "dummy"
        assert rail_of(kind="upi", currency="EUR") == "dummy"

    def test_a_currency_that_it_does_not_pay_goes_by_file(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        use_dummy_rail(settings, monkeypatch)
        assert rail_of(kind="bank_account", currency="USD") == "bank_file"
        use_dummy_rail(settings, monkeypatch, currencies=None)
        assert rail_of(kind="bank_account", currency="USD") == "dummy"

    def test_a_kind_that_nobody_takes_is_refused(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        use_dummy_rail(settings, monkeypatch, capabilities=frozenset({RailCapability.CALLS}))
        assert rail_of(kind="bank_account", currency="INR") == "bank_file"
        with pytest.raises(DestinationNotOffered):
            rail_of(kind="upi", currency="INR")
        settings.RAIL_ACCOUNTS = {}
        with pytest.raises(DestinationNotOffered):
            rail_of(kind="bank_account", currency="INR")


def test_an_account_of_a_rail_that_is_not_configured_is_none() -> None:
    with pytest.raises(UnknownRailAccount):
        account_of("nobody")


def test_only_files_need_no_telling() -> None:
    assert not is_spoken_to("bank_file")
    assert is_spoken_to("razorpayx")
