"""The inbox as operators see it: what came, what became of it, and doing it again after a dry run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from config.audit.models import AuditEntry
from config.audit.services import record
from config.inbox.contract import Event, Handled, NeedsFetch
from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.storing import reject
from config.inbox.tests.toy import AT, Script, body, received
from config.queue.models import Pause

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("script")]


def stands(state: str, **columns: Any) -> WebhookEvent:
    event = received()
    if state == "parked":
        columns.setdefault("wake_key", "obj_of_ours")
    WebhookEvent.objects.filter(pk=event.pk).update(state=state, **columns)
    return WebhookEvent.objects.get(pk=event.pk)


class TestList:
    def test_shows_what_became_of_each(self) -> None:
        stands("processed", note="pay_1: booked", processed_at=AT + timedelta(seconds=2))
        stands("dead", last_error_code="bug")
        text = text_of(as_role(Role.SUPPORT).get(list_of(WebhookEvent)))
        for shown in ("thing.made", "processed", "pay_1: booked", "2.0 s", "dead", "bug"):
            assert shown in text

    @pytest.mark.parametrize("term", ["event_id", "object_id", "type"])
    def test_finds_by_exact_ids_and_type(self, term: str) -> None:
        event, other = received(type="thing.made"), received(type="thing.gone")
        page = as_role(Role.SUPPORT).get(list_of(WebhookEvent), {"q": getattr(event, term)}).content.decode()
        assert page_of(event) in page
        assert page_of(other) not in page


class TestDetail:
    def test_says_what_happens_next_in_every_state(self) -> None:
        client = as_role(Role.OPERATIONS)
        for state, said in {
            "dead": "It was given up",
            "parked": "wakes it",
            "processed": "thing.made",
            "due": "handled within seconds",
        }.items():
            assert said in text_of(client.get(page_of(stands(state, due_at=AT - timedelta(days=1)))))
        assert "tried again by itself in" in text_of(
            client.get(page_of(stands("due", due_at=AT + timedelta(days=9000))))
        )

    def test_never_shows_a_body(self) -> None:
        event = received(secret_of_the_buyer="their address")
        assert "their address" not in as_role(Role.ADMINISTRATOR).get(page_of(event)).content.decode()

    def test_leads_to_what_it_was_about(self) -> None:
        event = stands("processed", note="pay_12345678: booked", concerns=["usr_12345678"])
        page = as_role(Role.OPERATIONS).get(page_of(event)).content.decode()
        assert "/admin/find/?q=pay_12345678" in page
        assert "/admin/find/?q=usr_12345678" in page


def making(event: Event, fetched: Any) -> Handled:
    with transaction.atomic():
        person = User.objects.create_user(f"{event.id}@example.com", None)
        record(person, act="move", actor="gateway:toy", at=AT, from_state="asleep", to_state="active")
    return Handled.processed("made somebody")


class TestReplay:
    def test_shows_the_dry_run_before_it_is_done(self, script: Script) -> None:
        script.handle = making
        event = stands("dead")
        text = text_of(as_role(Role.OPERATIONS).get(act_of(event, "replay")))
        assert "In a dry run just now it would be processed: made somebody." in text
        assert "asleep → active" in text
        assert User.objects.count() == 1, "only the operator: the dry run made nobody"

    def test_does_it_with_a_reason(self, script: Script) -> None:
        event, client = stands("dead"), as_role(Role.OPERATIONS)
        response = confirm(client, event, "replay", reason="the handler is fixed")
        assert "It is due again" in text_of(response)
        event.refresh_from_db()
        assert (event.state, event.replays) == ("due", 1)
        assert AuditEntry.objects.get().reason == "the handler is fixed"

    def test_says_that_nothing_would_change(self) -> None:
        text = text_of(as_role(Role.OPERATIONS).get(act_of(stands("processed"), "replay")))
        assert "Nothing would change" in text

    def test_says_that_the_gateway_would_have_to_be_asked(self, script: Script) -> None:
        def handle(event: Event, fetched: Any) -> Handled:
            raise NeedsFetch("payment", "pi_1")

        script.handle = handle
        text = text_of(as_role(Role.OPERATIONS).get(act_of(stands("dead"), "replay")))
        assert "needs the gateway's answer: cannot be shown dry" in text
        assert "Why?" in text, "it can be replayed all the same"

    def test_says_that_a_purged_body_cannot_be_replayed(self) -> None:
        text = text_of(as_role(Role.OPERATIONS).get(act_of(stands("processed", body=None), "replay")))
        assert "The body of this event was purged" in text
        assert "Why?" not in text

    @pytest.mark.parametrize("state", ["due", "parked"])
    def test_is_not_offered_for_what_was_not_handled(self, state: str) -> None:
        event = stands(state)
        client = as_role(Role.OPERATIONS)
        assert "Replay…" not in text_of(client.get(page_of(event)))
        assert "Not possible now" in text_of(client.get(act_of(event, "replay")))

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.AUDITOR])
    def test_is_for_operations(self, role: Role) -> None:
        event, client = stands("dead"), as_role(role)
        assert "Replay…" not in text_of(client.get(page_of(event)))
        assert client.get(act_of(event, "replay")).status_code == 403
        event.refresh_from_db()
        assert event.state == "dead"


class TestPausing:
    def test_stops_one_gateways_type(self) -> None:
        event = received()
        text = text_of(confirm(as_role(Role.OPERATIONS), event, "pause", reason="it books nonsense"))
        assert "Paused." in text
        pause = Pause.objects.get()
        assert (pause.queue, pause.kind, pause.reason) == ("inbox", "toy:thing.made", "it books nonsense")


class TestRejections:
    def test_are_shown_by_reason_and_count(self) -> None:
        for _ in range(3):
            reject(
                source="toy", reason="bad_signature", remote_addr="203.0.113.7", body=body(), user_agent="<x>", at=AT
            )
        client = as_role(Role.SUPPORT)
        text = text_of(client.get(list_of(WebhookRejection)))
        assert "bad signature" in text
        assert "203.0.113.7" in text
        detail = client.get(page_of(WebhookRejection.objects.get()))
        assert "×3" in text_of(detail)
        assert "&lt;x&gt;" in detail.content.decode()
