"""From the code of a rail account to its adapter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from config.settings.rails import RailAccount
from payouts.rails import registry
from payouts.rails.guard import GuardedRail
from payouts.rails.registry import UnknownRailAccount, accounts_of, rail_for
from payouts.rails.tests.recording import Recorder

ACCOUNT = RailAccount(code="recorder", rail="recorder", livemode=False, secret_key="the-key-of-nobody")


@pytest.fixture(autouse=True)
def one_rail(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "ADAPTERS", {"recorder": lambda account: Recorder()})
    settings.RAIL_ACCOUNTS = {"recorder": ACCOUNT, "bank:main": replace(ACCOUNT, code="bank:main", rail="none")}
    registry._build.cache_clear()
    yield
    registry._build.cache_clear()


class TestRailFor:
    def test_is_guarded(self) -> None:
        assert isinstance(rail_for("recorder"), GuardedRail)

    def test_is_kept_while_the_credentials_stay_the_same(self, settings: Any) -> None:
        first = rail_for("recorder")
        settings.RAIL_ACCOUNTS = {"recorder": replace(ACCOUNT)}
        assert rail_for("recorder") is first
        settings.RAIL_ACCOUNTS = {"recorder": replace(ACCOUNT, secret_key="another")}
        assert rail_for("recorder") is not first

    def test_a_forked_process_makes_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ours = rail_for("recorder")
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert rail_for("recorder") is not ours

    @pytest.mark.parametrize("code", ["", "Recorder", "razorpay"])
    def test_an_account_that_is_not_configured_is_named(self, code: str) -> None:
        with pytest.raises(UnknownRailAccount):
            rail_for(code)

    def test_a_rail_without_an_adapter_is_named(self) -> None:
        with pytest.raises(UnknownRailAccount, match="none"):
            rail_for("bank:main")


class TestAccountsOf:
    def test_are_those_of_the_rail(self) -> None:
        assert (accounts_of("recorder"), accounts_of("none"), accounts_of("pigeon")) == (
            ("recorder",), ("bank:main",), (),
        )  # fmt: skip


def test_the_secrets_of_a_rail_account_do_not_show() -> None:
    account = replace(ACCOUNT, account_number="7878780080316316")
    assert "of-nobody" not in repr(account)
    assert "316316" not in repr(account)
