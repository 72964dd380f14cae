"""What the database itself refuses of events, rejections and bulk replays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.inbox.models import ReplayRequest, WebhookEvent, WebhookRejection
from config.ops.tests.rows import event

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def refused(rule: str, make: Any) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        make()


class TestWebhookEvent:
    def test_is_stored_once_for_each_account(self) -> None:
        event(due_at=AT, event_id="evt_1")
        refused("an_event_is_stored_once_per_account", lambda: event(due_at=AT, event_id="evt_1"))
        event(due_at=AT, event_id="evt_1", account="other")
        assert WebhookEvent.objects.count() == 2

    def test_where_the_id_is_not_signed_the_body_must_be_new(self) -> None:
        same: dict[str, Any] = {"due_at": AT, "body_sha256": b"1" * 32}
        event(**same, body_is_unique=True)
        refused("an_unsigned_event_id_needs_a_new_body", lambda: event(**same, body_is_unique=True))
        event(**same, body_is_unique=True, account="other")
        event(**same)  # of a gateway that signs its ids
        assert WebhookEvent.objects.count() == 3

    def test_has_a_known_state(self) -> None:
        refused("an_inbox_row_has_a_known_state", lambda: event(due_at=AT, state="lost"))

    def test_waits_for_something_with_a_name(self) -> None:
        refused("a_parked_event_waits_for_a_named_object", lambda: event(due_at=AT, state="parked"))
        assert event(due_at=AT, state="parked", wake_key="pi_1").wake_key == "pi_1"


class TestWebhookRejection:
    def test_is_one_row_for_a_minute(self) -> None:
        given: dict[str, Any] = {
            "source": "stripe", "reason": "bad_signature", "remote_addr": "203.0.113.9", "body_sha256": b"0" * 32,
        }  # fmt: skip
        WebhookRejection.objects.create(**given, minute=AT)
        refused("rejections_are_counted_per_minute", lambda: WebhookRejection.objects.create(**given, minute=AT))
        WebhookRejection.objects.create(**given, minute=AT + timedelta(minutes=1))
        assert WebhookRejection.objects.count() == 2


class TestReplayRequest:
    def ask(self, **columns: Any) -> ReplayRequest:
        given = {
            "source": "stripe", "since": AT, "until": AT + timedelta(hours=1), "event_states": ["dead"], "matched": 1,
            "reason": "mended", "requested_by": "user:a", "requested_at": AT, **columns,
        }  # fmt: skip
        return ReplayRequest.objects.create(**given)

    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_bulk_replay_has_a_known_status", {"status": "maybe", "decided_by": "user:b", "decided_at": AT}),
            ("a_bulk_replay_ends_after_it_begins", {"until": AT}),
            ("a_bulk_replay_is_allowed_by_somebody_else", {"status": "approved"}),
            ("a_bulk_replay_is_allowed_by_somebody_else", {"status": "approved", "decided_by": "user:b"}),
            ("a_bulk_replay_is_allowed_by_somebody_else",
             {"status": "approved", "decided_by": "user:a", "decided_at": AT}),
        ],
    )  # fmt: skip
    def test_keeps_its_rules(self, rule: str, columns: dict[str, Any]) -> None:
        refused(rule, lambda: self.ask(**columns))
        assert not ReplayRequest.objects.exists()

    def test_who_asked_may_take_it_back(self) -> None:
        assert self.ask(status="rejected", decided_by="user:a", decided_at=AT).decided_by == "user:a"
