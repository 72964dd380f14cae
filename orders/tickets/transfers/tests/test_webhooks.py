"""What transfer providers tell, through the one door: stored once, followed, and never believed unsigned."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.processor import process_inbox
from config.kernel import clock
from config.settings.gateways import GatewayCredentials
from orders.tickets.providers import registry
from orders.tickets.providers.contract import TransferState
from orders.tickets.providers.sandbox.adapter import HEADER
from orders.tickets.transfers import webhooks
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.tests.telling import fresh, send
from orders.tickets.transfers.tests.played import Played, make_transfer
from orders.tickets.transfers.webhooks import ProviderDown

pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).parent / "fixtures"
DOOR = "/webhooks/transfer/sandbox/"
NEWER, OLDER = "the newer secret of two", "the older secret of two"
ID = "trf_fixture000000000000001"
# What becomes of each, of one transfer of ours that is initiated.
BECOMES = {
    "created": "initiated", "transferred": "accepted", "rejected": "declined", "expired": "expired",
    "cancelled": "cancelled", "partly_transferred": "review", "on_hold": "review", "elsewhere": "initiated",
}  # fmt: skip
CEILING = {"processed": 7, "foreign": 1}
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def account(settings: Any) -> GatewayCredentials:
    """Configured as the environment would, with two secrets at once."""
    given = GatewayCredentials(
        code="transfer-sandbox",
        gateway="transfer/sandbox",
        api_base="http://127.0.0.1:9/transfers",
        livemode=False,
        secret_key="key of a test alone",
        webhook_secrets=(NEWER, OLDER),
    )
    settings.TRANSFER_PROVIDERS = {**project.TRANSFER_PROVIDERS, "sandbox": given}
    settings.LISTENING_ACCOUNTS = {**project.LISTENING_ACCOUNTS, given.code: given}
    return given


@pytest.fixture
def row(played: Played) -> TicketTransfer:
    """One that the sandbox has under the name of the fixtures."""
    row = send(make_transfer(tickets=("tkt_fixture1", "tkt_fixture2")))
    TicketTransfer.objects.update(provider="sandbox", provider_id=ID, told="", told_at=None)
    return fresh(row)


def event(name: str, row: TicketTransfer | None = None) -> dict[str, Any]:
    text = (FIXTURES / f"{name}.json").read_text()
    told: dict[str, Any] = json.loads(text.replace("tt_fixture0000000000001", row.public_id if row else "tt_nobody"))
    return told


def post(told: Mapping[str, Any] | bytes, *, secret: str = NEWER, at: datetime | None = None, door: str = DOOR) -> Any:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    stamp = str(int((at or clock.now()).timestamp()))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {HEADER: f"t={stamp},v1={digest}"}
    return Client().post(door, data=body, content_type="application/json", headers=headers)


class TestDoor:
    @pytest.mark.parametrize("secret", [NEWER, OLDER])
    def test_stores_what_either_secret_signed(self, secret: str) -> None:
        answer = post(event("created"), secret=secret)
        assert (answer.status_code, answer.json()) == (200, {"received": True, "duplicate": False})
        stored = WebhookEvent.objects.get()
        assert (stored.source, stored.account, stored.event_id, stored.type, stored.object_id, stored.livemode) == (
            "transfer/sandbox", "transfer-sandbox", "evt_fixture0000000000001", "ticketTransfer.created", ID, False,
        )  # fmt: skip

    def test_told_again_it_is_a_duplicate(self) -> None:
        post(event("created"))
        assert post(event("created")).json() == {"received": True, "duplicate": True}
        assert WebhookEvent.objects.get().deliveries == 2

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"secret": "somebody else's secret"}, "bad_signature"),
            ({"at": clock.now() - timedelta(hours=1)}, "stale_timestamp"),
        ],
    )
    def test_what_is_not_signed_is_counted_and_not_believed(self, given: dict[str, Any], reason: str) -> None:
        answer = post(event("created"), **given)
        assert (answer.status_code, answer.json()["code"]) == (400, reason)
        assert (WebhookRejection.objects.get().source, WebhookEvent.objects.count()) == ("transfer/sandbox", 0)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"livemode": True}, "wrong_livemode"),
            ({"livemode": "no"}, "wrong_livemode"),
            ({"id": ""}, "no_id"),
            ({"type": None}, "no_type"),
            ({"data": {}}, "no_object"),
            ({"createdAt": "yesterday"}, "unreadable_object"),
            ({"data": {"ticketTransfer": {"_id": ID}}}, "unreadable_object"),
        ],
    )
    def test_what_is_no_event_of_ours_is_refused(self, change: dict[str, Any], reason: str) -> None:
        answer = post({**event("created"), **change})
        assert (answer.status_code, answer.json()["code"], WebhookEvent.objects.count()) == (400, reason, 0)

    def test_is_none_where_nothing_is_configured_or_nobody_tells(self, settings: Any) -> None:
        for door in ("/webhooks/transfer/manual/", "/webhooks/transfer/nobody/", "/webhooks/transfer/"):
            assert post(event("created"), door=door).status_code == 404
        settings.LISTENING_ACCOUNTS = {}
        assert post(event("created")).status_code == 404
        assert WebhookEvent.objects.count() == 0


class TestHandle:
    @pytest.mark.parametrize("name", BECOMES)
    def test_each_event_is_followed(self, row: TicketTransfer, name: str) -> None:
        post(event(name, row))
        process_inbox(once=True)
        assert fresh(row).status == BECOMES[name]

    def test_what_is_made_of_the_fixtures_is_known(self, row: TicketTransfer) -> None:
        assert {path.stem for path in FIXTURES.glob("*.json")} == set(BECOMES)
        for name in BECOMES:
            post(event(name, row))
        process_inbox(once=True)
        assert Counter(WebhookEvent.objects.values_list("state", flat=True)) == CEILING

    def test_says_whom_it_concerns(self, row: TicketTransfer) -> None:
        post(event("transferred", row))
        process_inbox(once=True)
        stored = WebhookEvent.objects.get()
        assert stored.concerns == [row.fulfilment.seller.public_id]
        assert stored.note == f"{row.public_id}: {row.public_id} is accepted"

    @pytest.mark.parametrize("names", [("created", "transferred"), ("transferred", "created")])
    def test_in_any_order_the_end_is_the_same(self, row: TicketTransfer, names: tuple[str, str]) -> None:
        for name in names:
            post(event(name, row))
            process_inbox(once=True)
        assert fresh(row).status == "accepted"

    def test_a_name_that_is_somebody_elses_under_our_reference_is_foreign(self, row: TicketTransfer) -> None:
        told = event("transferred", row)
        told["data"]["ticketTransfer"]["_id"] = "trf_forged"
        post(told)
        process_inbox(once=True)
        assert (WebhookEvent.objects.get().state, fresh(row).status) == ("foreign", "initiated")

    def test_of_one_without_our_reference_the_providers_name_counts(self, row: TicketTransfer) -> None:
        told = event("transferred", row)
        del told["data"]["ticketTransfer"]["reference"]
        post(told)
        process_inbox(once=True)
        assert fresh(row).status == "accepted"


class TestAsked:
    """Of a provider whose events say only which transfer they are about."""

    @pytest.fixture(autouse=True)
    def hinting(self, monkeypatch: pytest.MonkeyPatch, played: Played, account: GatewayCredentials) -> Played:
        from_sandbox = registry.ADAPTERS["sandbox"](account)

        class Hinting(Played):
            def parse_webhook(self, *, body: bytes) -> Any:
                told = from_sandbox.parse_webhook(body=body)
                return told.__class__(told.event_id, told.type, told.provider_id, told.occurred_at, told.livemode)

        provider = Hinting()
        monkeypatch.setitem(registry.ADAPTERS, "sandbox", lambda account: provider)
        return provider

    def test_the_transfer_is_fetched(self, hinting: Played, settings: Any, account: GatewayCredentials) -> None:
        settings.TRANSFER_PROVIDERS = {**settings.TRANSFER_PROVIDERS, "sandbox": _other(account)}
        row = send(make_transfer(provider="sandbox"))
        view = hinting.become(row, TransferState.ACCEPTED)
        told = event("created", row)
        told["data"]["ticketTransfer"]["_id"] = view.provider_id
        assert post(told).status_code == 200
        process_inbox(once=True)
        assert (fresh(row).status, hinting.asked[-1]) == ("accepted", "get")

    def test_a_provider_that_does_not_answer_is_asked_again(
        self, hinting: Played, settings: Any, account: GatewayCredentials
    ) -> None:
        settings.TRANSFER_PROVIDERS = {**settings.TRANSFER_PROVIDERS, "sandbox": _other(account)}
        hinting.down = True
        with pytest.raises(ProviderDown):
            webhooks.fetch(account="transfer-sandbox", kind="transfer", object_id="trf_1")

    def test_one_that_nobody_knows_is_foreign(
        self, hinting: Played, settings: Any, account: GatewayCredentials
    ) -> None:
        settings.TRANSFER_PROVIDERS = {**settings.TRANSFER_PROVIDERS, "sandbox": _other(account)}
        post(event("created"))
        process_inbox(once=True)
        assert WebhookEvent.objects.get().state == "foreign"


def _other(account: GatewayCredentials) -> GatewayCredentials:
    """The same account to the door, and one that no adapter is kept for."""
    return replace(account, secret_key=f"another key {next(_numbers)}")
