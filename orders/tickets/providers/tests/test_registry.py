"""Finds guarded adapters of what is configured, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from orders.tickets.providers.contract import TransferCapability
from orders.tickets.providers.guard import Guarded
from orders.tickets.providers.registry import UnknownTransferProvider, account_of, provider_for


class TestProviderFor:
    def test_gives_a_guarded_adapter_and_keeps_it(self) -> None:
        provider = provider_for("manual")
        assert isinstance(provider, Guarded)
        assert TransferCapability.BY_HAND in provider.capabilities
        assert provider_for("manual") is provider

    def test_another_process_makes_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        provider = provider_for("manual")
        monkeypatch.setattr("os.getpid", lambda: -1)
        assert provider_for("manual") is not provider

    @pytest.mark.parametrize("name", ["", "nobody", "transfer-manual"])
    def test_knows_no_others(self, name: str) -> None:
        with pytest.raises(UnknownTransferProvider):
            provider_for(name)

    def test_what_is_configured_without_an_adapter_is_not_offered(self, settings: Any) -> None:
        settings.TRANSFER_PROVIDERS = {"elsewhere": settings.TRANSFER_PROVIDERS["manual"]}
        with pytest.raises(UnknownTransferProvider):
            account_of("elsewhere")

    def test_its_account_names_its_calls_and_its_door(self) -> None:
        account = account_of("manual")
        assert (account.code, account.gateway, account.webhook_secrets) == ("transfer-manual", "transfer/manual", ())
