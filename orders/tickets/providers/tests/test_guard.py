"""No call of a transfer provider inside a transaction, none while the network is barred, each one counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_type_hints

import pytest
from django.db import transaction

from config.calls.barrier import CallInsideTransaction, NetworkBarred, network_barred
from config.calls.failures import GatewayMisconfigured, GatewayUnreachable
from config.calls.outcomes import Outcome
from config.calls.tests.observing import Seen, methods
from orders.tickets.providers.contract import NewTransfer, Recipient, TransferProvider
from orders.tickets.providers.guard import Guarded
from orders.tickets.providers.tests.scripted import AT, Scripted

NEW = NewTransfer(reference="tt_1", tickets=(), recipient=Recipient("b@example.com"), expires_at=AT)
CALLS: dict[str, Callable[[TransferProvider], object]] = {
    "initiate": lambda p: p.initiate(NEW),
    "get": lambda p: p.get(provider_id="trf_1"),
    "find_by_reference": lambda p: p.find_by_reference(reference="tt_1"),
    "cancel": lambda p: p.cancel(key="call_1", provider_id="trf_1"),
    "list_changed": lambda p: p.list_changed(since=AT, cursor="next"),
}
ASKS_NOBODY: dict[str, Callable[[TransferProvider], object]] = {
    "verify_webhook": lambda p: p.verify_webhook(headers={}, body=b"", at=AT),
    "parse_webhook": lambda p: p.parse_webhook(body=b"evt_1"),
}


@pytest.fixture
def adapter() -> Scripted:
    return Scripted()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def provider(adapter: Scripted, seen: Seen) -> TransferProvider:
    return Guarded(adapter, observe=seen)


class TestEveryMethod:
    def test_of_the_contract_is_guarded_and_tried_here(self) -> None:
        assert methods(Guarded) == methods(TransferProvider) == set(CALLS) | set(ASKS_NOBODY)

    def test_has_the_contracts_own_signature(self) -> None:
        for name in methods(TransferProvider):
            assert get_type_hints(getattr(Guarded, name)) == get_type_hints(getattr(TransferProvider, name))

    @pytest.mark.parametrize("name", [*CALLS, *ASKS_NOBODY])
    def test_reaches_the_adapter(self, provider: TransferProvider, adapter: Scripted, name: str) -> None:
        (CALLS | ASKS_NOBODY)[name](provider)
        assert adapter.reached == [name]

    def test_passes_on_what_it_is_given(self, provider: TransferProvider) -> None:
        assert provider.initiate(NEW).request_id == "tt_1"
        assert provider.cancel(key="call_1", provider_id="trf_1").request_id == "call_1 trf_1"
        assert provider.list_changed(since=AT, cursor="next").cursor == "12 next"
        assert provider.parse_webhook(body=b"evt_1").event_id == "evt_1"

    def test_shows_the_adapters_name_and_capabilities(self, provider: TransferProvider, adapter: Scripted) -> None:
        assert (provider.name, provider.capabilities) == ("scripted", adapter.capabilities)
        assert provider.absent == adapter.absent


@pytest.mark.django_db
class TestBarred:
    @pytest.mark.parametrize("name", CALLS)
    def test_inside_a_transaction(self, provider: TransferProvider, adapter: Scripted, seen: Seen, name: str) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction, match=f"transfer-scripted.{name}"):
            CALLS[name](provider)
        assert (adapter.reached, seen.calls) == ([], [])

    @pytest.mark.parametrize("name", CALLS)
    def test_in_a_dry_run(self, provider: TransferProvider, adapter: Scripted, seen: Seen, name: str) -> None:
        with network_barred(), pytest.raises(NetworkBarred):
            CALLS[name](provider)
        assert (adapter.reached, seen.calls) == ([], [])

    @pytest.mark.parametrize("name", ASKS_NOBODY)
    def test_not_what_asks_nobody(self, provider: TransferProvider, adapter: Scripted, name: str) -> None:
        with transaction.atomic(), network_barred():
            ASKS_NOBODY[name](provider)
        assert adapter.reached == [name]


class TestReports:
    @pytest.mark.parametrize("outcome", Outcome)
    def test_the_outcome_of_a_change(
        self, provider: TransferProvider, adapter: Scripted, seen: Seen, outcome: Outcome
    ) -> None:
        adapter.outcome = outcome
        provider.initiate(NEW)
        assert seen.calls == [("transfer-scripted", "initiate", outcome.value)]

    def test_a_read_that_was_answered(self, provider: TransferProvider, seen: Seen) -> None:
        provider.get(provider_id="trf_1")
        assert seen.calls == [("transfer-scripted", "get", "answered")]

    @pytest.mark.parametrize(
        ("error", "word"),
        [
            (GatewayMisconfigured("key"), "misconfigured"),
            (GatewayUnreachable(), "unreachable"),
            (RuntimeError(), "error"),
        ],
    )
    def test_how_it_failed(
        self, provider: TransferProvider, adapter: Scripted, seen: Seen, error: Exception, word: str
    ) -> None:
        adapter.raises = error
        with pytest.raises(type(error)):
            provider.list_changed(since=AT)
        assert seen.calls == [("transfer-scripted", "list_changed", word)]
