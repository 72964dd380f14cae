"""Readiness names what is missing and what is late, soon, and never says yes without having asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.ops import readiness as module
from config.ops.readiness import Readiness, readiness
from config.ops.tests.dead import closed_port, silent_port
from config.ops.tests.rows import call, event, job
from config.tests.owner import owner_connection

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATE = NOW - timedelta(seconds=django_settings.OVERDUE_AFTER_S + 1)
IN_TIME = NOW - timedelta(seconds=django_settings.OVERDUE_AFTER_S - 1)


@pytest.fixture(autouse=True)
def _asks_afresh() -> Iterator[None]:
    module._known.migrated = False
    yield
    module._known.migrated = False


@pytest.mark.django_db
class TestReadiness:
    def test_all_is_well(self) -> None:
        assert readiness(at=NOW) == Readiness()
        assert readiness(at=NOW).word == "ready"

    def test_rows_that_are_due_but_not_late_are_no_news(self) -> None:
        event(due_at=IN_TIME)
        job(due_at=IN_TIME)
        call(due_at=IN_TIME)
        assert readiness(at=NOW).word == "ready"

    def test_names_each_queue_that_is_late(self) -> None:
        event(due_at=LATE)
        job(due_at=LATE, lane="mail")
        call(due_at=LATE)
        assert readiness(at=NOW) == Readiness(degraded=("calls overdue", "inbox overdue", "outbox overdue"))

    @pytest.mark.parametrize("state", ["processed", "dead", "ignored"])
    def test_rows_that_are_not_due_are_never_late(self, state: str) -> None:
        event(due_at=LATE, state=state)
        assert readiness(at=NOW).word == "ready"

    def test_a_migration_that_is_missing(self) -> None:
        recorder = MigrationRecorder(connection)
        recorder.record_unapplied("config", "0002_queue_storage")
        assert readiness(at=NOW) == Readiness(missing=("migrations",))
        recorder.record_applied("config", "0002_queue_storage")
        assert readiness(at=NOW).word == "ready"

    def test_migrations_are_read_once(self, django_assert_max_num_queries: Any) -> None:
        readiness(at=NOW)
        with django_assert_max_num_queries(9):  # one for each queue and lane, and the transaction around them
            readiness(at=NOW)

    @pytest.mark.django_db(transaction=True)
    def test_a_table_that_is_gone_is_not_ready(self) -> None:
        readiness(at=NOW)
        with owner_connection() as owner:
            owner.execute("ALTER TABLE config_outboxjob RENAME TO gone")
            try:
                assert readiness(at=NOW) == Readiness(missing=("database",))
            finally:
                owner.execute("ALTER TABLE gone RENAME TO config_outboxjob")

    def test_a_broker_that_refuses(self, settings: Any) -> None:
        with closed_port() as port:
            settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
            assert readiness(at=NOW) == Readiness(degraded=("broker",))

    def test_a_broker_that_hangs_does_not_keep_us(self, settings: Any) -> None:
        with silent_port() as port:
            settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
            started = time.monotonic()
            assert readiness(at=NOW) == Readiness(degraded=("broker",))
            assert time.monotonic() - started < 5


@pytest.mark.django_db(transaction=True)
class TestLocks:
    def test_a_locked_table_does_not_keep_us(self, monkeypatch: pytest.MonkeyPatch) -> None:
        readiness(at=NOW)
        with psycopg.connect(**connection.get_connection_params()) as other, monkeypatch.context() as impatient:
            impatient.setattr(module, "PATIENCE_MS", 100)
            other.execute("LOCK TABLE config_outboxjob IN ACCESS EXCLUSIVE MODE")
            assert readiness(at=NOW) == Readiness(missing=("database",))
            other.rollback()
        assert readiness(at=NOW).word == "ready"


class TestDatabase:
    """No database mark: whatever these ask must fail by itself."""

    def test_one_that_refuses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with closed_port() as port:
            monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
            monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
            monkeypatch.setitem(connection.settings_dict["OPTIONS"], "host", "127.0.0.1")
            assert readiness(at=NOW) == Readiness(missing=("database",))

    @pytest.mark.django_db
    def test_one_that_cannot_be_written_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        options = "-c default_transaction_read_only=on"
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", options)
        assert readiness(at=NOW) == Readiness(missing=("database",))

    def test_one_that_hangs_does_not_keep_us(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with silent_port() as port:
            monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
            monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
            monkeypatch.setitem(connection.settings_dict["OPTIONS"], "host", "127.0.0.1")
            started = time.monotonic()
            assert readiness(at=NOW) == Readiness(missing=("database",))
            assert time.monotonic() - started < 5


class TestWord:
    @pytest.mark.parametrize(
        ("missing", "degraded", "word"),
        [((), (), "ready"), ((), ("broker",), "degraded"), (("database",), ("broker",), "unready")],
    )
    def test_the_worst_counts(self, missing: tuple[str, ...], degraded: tuple[str, ...], word: str) -> None:
        assert Readiness(missing=missing, degraded=degraded).word == word
