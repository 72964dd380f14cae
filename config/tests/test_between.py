"""A test that commits leaves nothing behind: no row, no statistics, no trigger set aside, no session's state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction

from config.audit.models import AuditEntry
from config.audit.services import record
from config.inbox.models import WebhookEvent
from config.ops.tests.rows import event, job
from config.outbox.models import OutboxJob
from config.tests.between import KEPT, Broom, hand_on_connections
from config.tests.owner import owner_connection
from config.tests.together import elsewhere

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    with owner_connection() as found:
        yield found


@pytest.fixture
def broom(owner: psycopg.Connection[Any]) -> Broom:
    broom = Broom(owner=owner)
    broom.sweep()  # whatever came before, none of the tables is worn now
    return broom


def audited() -> None:
    record(job(due_at=AT), act="looked_at", actor="user:ops", at=AT)


def size(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s)", [table])
        return int(cursor.fetchone()[0])


def known_of(table: str) -> float:
    """How many rows the planner believes in; below zero, none were ever counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        return float(cursor.fetchone()[0])


def switched_off() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O'")
        return [name for (name,) in cursor.fetchall()]


class TestBroom:
    def test_knows_every_table_of_ours(self, broom: Broom) -> None:
        ours = {model._meta.db_table for model in apps.get_models()}
        assert ours - set(broom.tables) == {*KEPT} - {"django_migrations"}

    def test_empties_also_what_may_only_be_added_to(self, broom: Broom) -> None:
        audited()
        event(due_at=AT)
        broom.sweep()
        assert (AuditEntry.objects.count(), OutboxJob.objects.count(), WebhookEvent.objects.count()) == (0, 0, 0)

    def test_deletes_where_little_lies(self, broom: Broom) -> None:
        audited()
        broom.sweep()
        assert size("config_auditentry") > 0

    def test_leaves_every_trigger_in_force(self, broom: Broom, owner: Any) -> None:
        audited()
        broom.sweep()
        assert switched_off() == []
        audited()
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute("DELETE FROM config_auditentry")
        assert AuditEntry.objects.count() == 1

    def test_cuts_what_has_grown(self, broom: Broom) -> None:
        for _ in range(150):
            job(due_at=AT, payload={"long": "x" * 1_000})
        assert size("config_outboxjob") > 128 * 1024
        audited()
        broom.sweep()
        assert (size("config_outboxjob"), size("config_auditentry"), switched_off()) == (0, 0, [])

    def test_forgets_statistics_of_rows_that_are_gone(self, broom: Broom, owner: Any) -> None:
        event(due_at=AT)
        owner.execute("ANALYZE config_webhookevent")
        assert known_of("config_webhookevent") == 1
        broom.sweep()
        assert known_of("config_webhookevent") == -1

    def test_waits_for_who_is_still_at_work(self, broom: Broom, owner: Any) -> None:
        owner.execute("SET lock_timeout = '50ms'")
        with transaction.atomic():
            event(due_at=AT)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                broom.sweep()
        assert WebhookEvent.objects.count() == 1
        broom.sweep()
        assert WebhookEvent.objects.count() == 0


class TestKeepVacuumAway:
    def test_from_every_table_of_ours(self, broom: Broom) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_class WHERE 'autovacuum_enabled=false' = ANY (reloptions)")
            still = {name for (name,) in cursor.fetchall()}
        assert still >= set(broom.tables) | set(KEPT)


class TestHandOnConnections:
    def test_takes_a_sessions_state_away_and_keeps_the_session(self) -> None:
        pid = ask("SELECT pg_backend_pid()")
        fresh = elsewhere(state)
        ask("SELECT set_config('lock_timeout', '7s', false), set_config('TimeZone', 'Asia/Kolkata', false)")
        ask("SELECT pg_advisory_lock(7)")
        assert state() != fresh
        hand_on_connections()
        assert (state(), ask("SELECT pg_backend_pid()")) == (fresh, pid)

    def test_closes_what_is_in_the_midst_of_something(self) -> None:
        connection.ensure_connection()
        connection.connection.execute("BEGIN")
        hand_on_connections()
        assert connection.connection is None

    def test_closes_what_is_broken(self) -> None:
        connection.ensure_connection()
        connection.connection.close()
        hand_on_connections()
        assert connection.connection is None
        assert ask("SELECT 1") == 1


def ask(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def state() -> tuple[Any, ...]:
    """What a session may have been told, and what it holds."""
    mine = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    return ask("SHOW TimeZone"), ask("SHOW lock_timeout"), ask(mine)
