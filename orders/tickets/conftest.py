"""A provider that tests of transfers play."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from orders.tickets.providers import registry
from orders.tickets.providers.manual.adapter import ManualProvider
from orders.tickets.transfers.tests.played import AT, Played, account


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Played:
    """Configured beside `manual`, under the registry's own guard."""
    provider = Played()
    monkeypatch.setitem(registry.ADAPTERS, "played", lambda account: provider)
    settings.TRANSFER_PROVIDERS = {**settings.TRANSFER_PROVIDERS, "played": account()}
    return provider


class Hands:
    """The clock of the provider `manual`."""

    def __init__(self) -> None:
        self.at: datetime = AT

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Hands:
    """The provider `manual`, at a time that the test says."""
    clock = Hands()
    monkeypatch.setitem(registry.ADAPTERS, "manual", lambda account: ManualProvider(now=clock.now))
    settings.TRANSFER_PROVIDERS = {**settings.TRANSFER_PROVIDERS, "manual": account()}
    return clock
