"""What has served its time goes, in small bites; what somebody may still need stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError

from config.accounts.models import LoginFailure
from config.idempotency.models import IdempotencyKey
from config.inbox.models import WebhookEvent, WebhookRejection
from config.ops import purge as module
from config.ops.purge import forget_bodies, forget_rejections, purge
from config.ops.tests.rows import event

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = NOW - DAY * (settings.WEBHOOK_BODY_RETENTION_DAYS + 1)
YOUNG = NOW - DAY * (settings.WEBHOOK_BODY_RETENTION_DAYS - 1)
BODY = b"sealed"
pytestmark = pytest.mark.django_db


def _rejection(last_at: datetime) -> WebhookRejection:
    return WebhookRejection.objects.create(
        source="stripe", reason="bad_signature", remote_addr="203.0.113.9", minute=last_at, last_at=last_at,
        body_sha256=b"0" * 32,
    )  # fmt: skip


class TestForgetBodies:
    @pytest.mark.parametrize("state", ["processed", "ignored", "foreign"])
    def test_empties_old_bodies_of_what_was_worked_off(self, state: str) -> None:
        row = event(due_at=OLD, state=state, body=BODY)
        assert forget_bodies(at=NOW) == 1
        row.refresh_from_db()
        assert row.body is None

    def test_row_and_dedupe_keys_stay(self) -> None:
        row = event(due_at=OLD, state="processed", body=BODY, body_sha256=b"7" * 32, note="booked")
        forget_bodies(at=NOW)
        kept = WebhookEvent.objects.get(pk=row.pk)
        assert (kept.account, kept.event_id, bytes(kept.body_sha256), kept.note) == (
            "stripe",
            row.event_id,
            b"7" * 32,
            "booked",
        )

    def test_younger_ones_keep_theirs(self) -> None:
        row = event(due_at=YOUNG, state="processed", body=BODY)
        assert forget_bodies(at=NOW) == 0
        row.refresh_from_db()
        assert row.body is not None
        assert bytes(row.body) == BODY

    @pytest.mark.parametrize("state", ["due", "parked", "dead"])
    def test_what_somebody_must_still_look_at_keeps_its_body(self, state: str) -> None:
        row = event(due_at=OLD, state=state, body=BODY, wake_key="pi_1")
        assert forget_bodies(at=NOW) == 0
        row.refresh_from_db()
        assert row.body is not None
        assert bytes(row.body) == BODY

    def test_the_second_time_there_is_nothing_left_to_do(self) -> None:
        event(due_at=OLD, state="processed", body=BODY)
        assert (forget_bodies(at=NOW), forget_bodies(at=NOW)) == (1, 0)

    def test_goes_in_batches_and_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "BATCH", 2)
        monkeypatch.setattr(module, "MOST_BATCHES", 3)
        for _ in range(9):
            event(due_at=OLD, state="processed", body=BODY)
        assert forget_bodies(at=NOW) == 6
        assert forget_bodies(at=NOW) == 3

    def test_obeys_the_retention_time(self, settings: Any) -> None:
        settings.WEBHOOK_BODY_RETENTION_DAYS = 1
        event(due_at=YOUNG, state="processed", body=BODY)
        assert forget_bodies(at=NOW) == 1


class TestForgetRejections:
    def test_goes_by_the_last_one_of_its_minute(self) -> None:
        _rejection(NOW - 31 * DAY)
        kept = _rejection(NOW - 29 * DAY)
        assert forget_rejections(at=NOW) == 1
        assert list(WebhookRejection.objects.all()) == [kept]


class TestPurge:
    def _old_rows(self) -> None:
        long_ago = NOW - 400 * DAY
        IdempotencyKey.objects.create(scope="s", key="k", body_sha256=b"0" * 32, created_at=long_ago)
        LoginFailure.objects.create(email_sha256=b"0" * 32, remote_addr="203.0.113.9", window_start=long_ago)
        _rejection(long_ago)
        event(due_at=long_ago, state="processed", body=BODY)

    def test_forgets_every_kind(self) -> None:
        self._old_rows()
        assert purge(at=NOW) == {
            "idempotency keys": 1,
            "login failures": 1,
            "ended logins": 0,
            "webhook rejections": 1,
            "webhook bodies": 1,
            "payment origins": 0,
            "ticket barcodes": 0,
        }

    def test_nothing_young_goes(self) -> None:
        IdempotencyKey.objects.create(scope="s", key="k", body_sha256=b"0" * 32, created_at=NOW)
        LoginFailure.objects.create(email_sha256=b"0" * 32, remote_addr="203.0.113.9", window_start=NOW)
        _rejection(NOW)
        event(due_at=NOW, state="processed", body=BODY)
        assert set(purge(at=NOW).values()) == {0}

    def test_one_kind_that_fails_does_not_keep_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*, at: datetime) -> int:
            raise DatabaseError("deadlock detected")

        self._old_rows()
        monkeypatch.setattr(module, "forget_rejections", fail)
        gone = purge(at=NOW)
        assert gone["webhook rejections"] == -1
        assert gone["webhook bodies"] == 1
