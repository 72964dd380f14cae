"""Append-only tables refuse every change, also to the role that owns them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from config.audit.models import AuditEntry
from config.audit.services import record
from config.ops.tests.rows import job
from config.tests.serving import over_the_test_database

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)
TABLES = sorted(model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False))


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    """A connection as the role that owns the tables."""
    urls = over_the_test_database()
    with psycopg.connect(urls.get("MIGRATION_DATABASE_URL") or urls["DATABASE_URL"], autocommit=True) as found:
        yield found


@pytest.fixture
def entry() -> AuditEntry:
    record(job(due_at=AT), act="looked_at", actor="user:ops", at=AT)
    return AuditEntry.objects.get()


class TestOwner:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE config_auditentry SET actor = 'user:nobody'",
            "DELETE FROM config_auditentry",
            "TRUNCATE config_auditentry",
            "TRUNCATE config_auditentry CASCADE",
            "UPDATE config_auditentry SET actor = actor WHERE false OR id > 0",
        ],
    )
    def test_may_add_but_not_change(self, statement: str, entry: AuditEntry, owner: Any) -> None:
        with pytest.raises(psycopg.errors.RestrictViolation, match="audit_entry is append-only"):
            owner.execute(statement)
        assert AuditEntry.objects.get().actor == "user:ops"

    def test_cannot_switch_the_refusal_off_by_a_setting(self, entry: AuditEntry, owner: Any) -> None:
        """Trigger libraries have variables for that; PostgreSQL's own needs a superuser."""
        owner.execute("SET pgtrigger.ignore = '{config_auditentry:audit_entry_is_append_only}'")
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute("DELETE FROM config_auditentry")

    def test_cannot_upsert_over_an_entry(self, entry: AuditEntry, owner: Any) -> None:
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(
                "INSERT INTO config_auditentry SELECT * FROM config_auditentry"
                " ON CONFLICT (id) DO UPDATE SET actor = 'user:nobody'"
            )


class TestTables:
    def test_the_audit_is_one_of_them(self) -> None:
        assert "config_auditentry" in TABLES

    @pytest.mark.parametrize("table", TABLES)
    def test_each_has_both_triggers_and_they_are_enabled(self, table: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname, tgenabled, tgtype FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
                " AND tgname ~ '_is_(append_only|never_truncated)$' ORDER BY tgname",
                [table],
            )
            found = cursor.fetchall()
        row, before, delete, update, truncate = 1, 2, 8, 16, 32  # bits of pg_trigger.tgtype
        assert [enabled for _, enabled, _ in found] == ["O", "O"]
        assert [kind for _, _, kind in found] == [row | before | delete | update, before | truncate]
