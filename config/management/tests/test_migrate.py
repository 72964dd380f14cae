"""Migrations run as the owner's role; the application's may use the tables, add to the append-only ones, and own none.

On private servers, whose roles are those of production whatever database the other tests were given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps

from config.local.postgres import APPLICATION, OWNER
from config.tests.servers import Private

TABLES = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
APPEND_ONLY = sorted(model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False))
ORDINARY = sorted(set(TABLES) - set(APPEND_ONLY))


@pytest.fixture
def application(private: Private) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(private.url(), autocommit=True) as found:
        yield found


def allowed(connection: Any, table: str) -> set[str]:
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    return {
        kind for kind in kinds
        if connection.execute("SELECT has_table_privilege(%s, %s, %s)", [APPLICATION, table, kind]).fetchone()[0]
    }  # fmt: skip


class TestApplicationRole:
    def test_reads_and_changes_ordinary_tables_and_nothing_more(self, application: Any) -> None:
        assert {table: may for table in ORDINARY if (may := allowed(application, table)) != ORDINARY_RIGHTS} == {}

    def test_reads_and_adds_to_append_only_tables_and_nothing_more(self, application: Any) -> None:
        assert len(APPEND_ONLY) >= 3
        assert {
            table: may for table in APPEND_ONLY if (may := allowed(application, table)) != {"SELECT", "INSERT"}
        } == {}

    @pytest.mark.parametrize("table", APPEND_ONLY)
    @pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET id = id"])
    def test_is_refused_what_it_may_not_before_any_trigger_is_asked(
        self, application: Any, table: str, statement: str
    ) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute(statement.format(table))

    def test_owns_nothing(self, application: Any) -> None:
        owned = application.execute(
            "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %(role)s"
            " UNION ALL SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = %(role)s"
            " UNION ALL SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = %(role)s"
            " UNION ALL SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = %(role)s",
            {"role": APPLICATION},
        ).fetchall()
        assert owned == []

    def test_is_nobody_special(self, application: Any) -> None:
        row = application.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication,"
            " pg_has_role(rolname, %s, 'MEMBER') FROM pg_roles WHERE rolname = %s",
            [OWNER, APPLICATION],
        ).fetchone()
        assert row == (False, False, False, False, False, False)

    @pytest.mark.parametrize(
        "statement",
        [
            "ALTER TABLE config_auditentry DISABLE TRIGGER ALL",
            "DROP TRIGGER audit_entry_is_append_only ON config_auditentry",
            "DROP TABLE config_auditentry",
            "ALTER TABLE config_auditentry ADD COLUMN more text",
            "CREATE TABLE mine (id int)",
            "CREATE TEMPORARY TABLE config_auditentry (id int)",
            "CREATE OR REPLACE FUNCTION audit_entry_is_append_only() RETURNS trigger LANGUAGE sql AS ''",
            "GRANT UPDATE ON config_auditentry TO holdfast_app",
            "SET session_replication_role = replica",
        ],
    )
    def test_cannot_change_the_house(self, application: Any, statement: str) -> None:
        before = allowed(application, "config_auditentry")
        if statement.startswith("GRANT"):
            application.execute(statement)  # PostgreSQL only warns that nothing was granted
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)
        assert allowed(application, "config_auditentry") == before

    def test_can_number_its_rows(self, application: Any) -> None:
        rows = application.execute(
            "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
            " AND NOT has_sequence_privilege(%s, quote_ident(sequencename), 'USAGE')",
            [APPLICATION],
        ).fetchall()
        assert rows == []


ORDINARY_RIGHTS = {"SELECT", "INSERT", "UPDATE", "DELETE"}


class TestOwner:
    def test_owns_every_table(self, private: Private) -> None:
        rows = private.ask(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND pg_get_userbyid(relowner) <> %s",
            OWNER,
        )
        assert rows == []


class TestMigrate:
    def test_grants_what_came_since(self, private: Private) -> None:
        """A table that a later migration made is used at once; run again it changes nothing."""
        private.ask("CREATE TABLE config_came_later (id bigint GENERATED BY DEFAULT AS IDENTITY)", owner=True)
        try:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                private.ask("SELECT * FROM config_came_later")
            code, said = private.manage("migrate", "--verbosity", "0")
            assert (code, said) == (0, "")
            assert private.ask("INSERT INTO config_came_later DEFAULT VALUES RETURNING id") == [(1,)]
        finally:
            private.ask("DROP TABLE config_came_later", owner=True)

    def test_looking_at_the_plan_grants_nothing(self, private: Private) -> None:
        private.ask("CREATE TABLE config_came_later (id int)", owner=True)
        try:
            for option in ("--plan", "--check"):
                code, said = private.manage("migrate", option)
                assert code == 0, said
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                private.ask("SELECT * FROM config_came_later")
        finally:
            private.ask("DROP TABLE config_came_later", owner=True)

    def test_the_application_alone_cannot_migrate(self, private: Private) -> None:
        code, said = private.manage("migrate", "config", "zero", MIGRATION_DATABASE_URL="")
        assert code != 0
        assert "InsufficientPrivilege" in said or "must be owner" in said or "permission denied" in said
        assert private.ask("SELECT to_regclass('config_auditentry') IS NOT NULL") == [(True,)]
