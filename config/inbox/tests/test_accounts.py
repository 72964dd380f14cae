"""Whose webhooks are taken, and who handles them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.inbox import accounts
from config.inbox.contract import Event, Handled
from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from config.inbox.tests import toy
from config.inbox.tests.toy import ACCOUNT, AT, SOURCE

HERE = "config.inbox.tests.test_accounts"
LISTENER = replace(ACCOUNT, code="listener")
heard: list[tuple[str, str]] = []


def handle(event: Event, *, fetched: Any, at: Any) -> Handled:
    heard.append((event.account, event.type))
    return Handled.processed("of the account's own")


@pytest.fixture(autouse=True)
def two_accounts(settings: Any) -> None:
    heard.clear()
    toy.configure(settings)
    settings.LISTENING_ACCOUNTS = {"listener": LISTENER}
    settings.WEBHOOK_ACCOUNTS = {}


class TestOfSource:
    def test_are_those_that_take_payments_and_those_that_only_tell(self) -> None:
        assert [each.code for each in accounts.of_source(SOURCE)] == [SOURCE, "listener"]

    def test_one_without_a_secret_verifies_nothing(self, settings: Any) -> None:
        settings.LISTENING_ACCOUNTS = {"listener": replace(LISTENER, webhook_secrets=())}
        assert [each.code for each in accounts.of_source(SOURCE)] == [SOURCE]

    def test_another_source_has_its_own(self) -> None:
        assert {"listener", SOURCE}.isdisjoint(each.code for each in accounts.of_source("stripe"))

    def test_all_are_known_by_their_code(self) -> None:
        assert accounts.known()["listener"] is LISTENER
        assert accounts.known()[SOURCE] is ACCOUNT


class TestRoutesOf:
    def test_are_those_of_the_source_where_nothing_else_is_said(self) -> None:
        assert accounts.routes_of(source=SOURCE, account=SOURCE, kind="thing.made") == toy.ROUTES

    def test_an_account_may_have_a_handler_of_its_own(self, settings: Any) -> None:
        settings.WEBHOOK_ACCOUNTS = {"listener": {"": {"handle": "its.own"}}}
        assert accounts.routes_of(source=SOURCE, account="listener", kind="a")["handle"] == "its.own"
        assert accounts.routes_of(source=SOURCE, account="listener", kind="a")["fetch"] == toy.ROUTES["fetch"]
        assert accounts.routes_of(source=SOURCE, account=SOURCE, kind="a") == toy.ROUTES

    def test_the_longest_beginning_of_the_type_counts(self, settings: Any) -> None:
        settings.WEBHOOK_ACCOUNTS = {
            SOURCE: {"transfer.": {"handle": "of.transfers"}, "transfer.reversed": {"handle": "of.reversals"}}
        }
        found = {
            kind: accounts.routes_of(source=SOURCE, account=SOURCE, kind=kind)["handle"]
            for kind in ("transfer.created", "transfer.reversed", "charge.succeeded")
        }
        assert found == {
            "transfer.created": "of.transfers",
            "transfer.reversed": "of.reversals",
            "charge.succeeded": toy.ROUTES["handle"],
        }


@pytest.mark.django_db
class TestInTheInbox:
    def test_an_event_goes_to_the_handler_of_its_account_and_type(self, settings: Any) -> None:
        settings.WEBHOOK_ACCOUNTS = {SOURCE: {"transfer.": {"handle": f"{HERE}.handle"}}}
        script = toy.script
        other, own = toy.received(), toy.received(type="transfer.created")
        process_inbox(once=True, now=lambda: AT)
        assert heard == [(SOURCE, "transfer.created")]
        assert [event.id for event in script.handled] == [other.pk]
        assert WebhookEvent.objects.get(pk=own.pk).note == "of the account's own"

    def test_one_door_takes_both_accounts_and_keeps_their_equal_ids_apart(self, settings: Any) -> None:
        first = toy.received()
        again = WebhookEvent.objects.create(
            source=SOURCE, account="listener", event_id=first.event_id, type="a", object_id="o", livemode=False,
            occurred_at=AT, received_at=AT, due_at=AT, body=first.body, body_sha256=first.body_sha256,
        )  # fmt: skip
        assert again.pk != first.pk
