"""What PostgreSQL itself refuses, on real commits: the owner of the tables is refused too."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from config.management.commands import migrate
from config.tests.owner import owner_connection, tamper
from payments.ledger.models import LedgerEntry, LedgerLine

pytestmark = pytest.mark.django_db(transaction=True)
Connection = psycopg.Connection[Any]


@pytest.fixture
def owner() -> Iterator[Connection]:
    with owner_connection() as connection:
        yield connection


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A connection with the application's role. Where one role owns all, a role of its own is made and granted what
    `migrate` grants, so that the grants are tested everywhere."""
    if "owner" in settings.DATABASES:
        parameters = {**connection.get_connection_params(), "cursor_factory": None, "context": None}
        with psycopg.connect(**parameters, autocommit=True) as given:
            yield given
        return
    role = f"holdfast_test_{uuid.uuid4().hex[:12]}"
    with owner_connection() as made:
        made.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        with monkeypatch.context() as patch:
            patch.setitem(settings.DATABASES["default"], "USER", role)
            patch.setattr(migrate, "connections", {"owner": made})
            migrate.grant_application_role()
        made.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        yield made
        made.execute("RESET ROLE")
        made.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def insert_entry(connection: Connection, *, xact_id: int | None = None) -> int:
    columns, values = "", ""
    if xact_id is not None:
        columns, values = ", xact_id", f", {xact_id}"
    row = connection.execute(
        "INSERT INTO payments_ledgerentry (key, event, subject_id, actor, memo, posted_at, effective_at"
        f"{columns}) VALUES (%s, 'test', '', 'test', '', now(), now(){values}) RETURNING id",
        [f"test:{uuid.uuid4().hex}"],
    ).fetchone()
    assert row is not None
    return int(row[0])


def insert_lines(connection: Connection, entry: int, *lines: tuple[int, str]) -> None:
    if not lines:
        return
    rows = ", ".join("(%s, 'bank', 'bank', '', %s, %s, '', now())" for _ in lines)
    connection.execute(
        "INSERT INTO payments_ledgerline (entry_id, account, owner, ref, currency, amount_minor, external_ref,"
        f" effective_at) VALUES {rows}",
        [value for amount_minor, currency in lines for value in (entry, currency, amount_minor)],
    )


def write(connection: Connection, *lines: tuple[int, str]) -> int:
    """An entry with lines, in one commit."""
    with connection.transaction():
        entry = insert_entry(connection)
        insert_lines(connection, entry, *lines)
    return entry


class TestBalanced:
    def test_negative_control_a_balanced_entry_is_taken(self, owner: Connection) -> None:
        write(owner, (5, "USD"), (-5, "USD"), (7, "EUR"), (-3, "EUR"), (-4, "EUR"))
        assert (LedgerEntry.objects.count(), LedgerLine.objects.count()) == (1, 5)

    @pytest.mark.parametrize(
        "lines",
        [((5, "USD"),), ((5, "USD"), (-4, "USD")), ((5, "USD"), (-5, "EUR")), ((5, "USD"), (-5, "USD"), (1, "EUR"))],
        ids=["one side", "not equal", "two currencies", "one currency of two"],
    )
    def test_refuses_what_does_not_balance_at_the_commit(
        self, owner: Connection, lines: tuple[tuple[int, str], ...]
    ) -> None:
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            write(owner, *lines)
        assert refused.value.diag.constraint_name == "a_ledger_entry_sums_to_zero_per_currency"
        assert LedgerEntry.objects.count() == 0

    def test_refuses_an_entry_without_lines(self, owner: Connection) -> None:
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            write(owner)
        assert refused.value.diag.constraint_name == "a_ledger_entry_has_lines"

    def test_a_line_of_nothing_is_none(self, owner: Connection) -> None:
        with pytest.raises(psycopg.errors.CheckViolation, match="a_ledger_line_moves_something"):
            write(owner, (0, "USD"))

    def test_no_session_variable_switches_it_off(self, application: Connection) -> None:
        """Neither PostgreSQL's own, which only a superuser may set, nor one that a library of triggers would read."""
        application.execute("SELECT set_config('pgtrigger.ignore', '{*:*}', false)")
        with pytest.raises(psycopg.errors.CheckViolation):
            write(application, (5, "USD"))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("SET session_replication_role = 'replica'")


class TestBornTogether:
    @pytest.mark.parametrize("lines", [((5, "USD"), (-5, "USD")), ((5, "USD"),)], ids=["balanced", "unbalanced"])
    def test_refuses_a_line_that_comes_later(self, owner: Connection, lines: tuple[tuple[int, str], ...]) -> None:
        entry = write(owner, (5, "USD"), (-5, "USD"))
        with pytest.raises(psycopg.errors.CheckViolation) as refused, owner.transaction():
            insert_lines(owner, entry, *lines)
        assert refused.value.diag.constraint_name == "a_ledger_line_is_born_with_its_entry"
        assert LedgerLine.objects.count() == 2

    def test_an_entry_cannot_claim_the_transaction_that_will_add_to_it(self, owner: Connection) -> None:
        """The entry says a transaction of the future; when that comes, its line is refused all the same."""
        with owner.transaction():
            row = owner.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
            assert row is not None
            entry = insert_entry(owner, xact_id=row[0] + 2)
            insert_lines(owner, entry, (5, "USD"), (-5, "USD"))
        assert LedgerEntry.objects.get(pk=entry).xact_id == row[0]
        with pytest.raises(psycopg.errors.CheckViolation), owner.transaction():
            insert_lines(owner, entry, (5, "USD"), (-5, "USD"))

    def test_refuses_a_further_line_after_the_balance_was_checked_early(self, owner: Connection) -> None:
        """A session may ask for the deferred check now, and add to the entry behind it."""
        with owner.transaction(force_rollback=True):
            entry = insert_entry(owner)
            insert_lines(owner, entry, (5, "USD"), (-5, "USD"))
            owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(psycopg.errors.CheckViolation):
                insert_lines(owner, entry, (-777, "USD"))
        assert LedgerLine.objects.count() == 0

    def test_a_temporary_table_cannot_stand_in_for_the_ledger(self, owner: Connection) -> None:
        entry = write(owner, (5, "USD"), (-5, "USD"))
        owner.execute("CREATE TEMP TABLE payments_ledgerentry AS SELECT * FROM public.payments_ledgerentry")
        with owner.transaction(force_rollback=True):
            owner.execute("UPDATE pg_temp.payments_ledgerentry SET xact_id = pg_current_xact_id()::text::bigint")
            with pytest.raises(psycopg.errors.CheckViolation):
                insert_lines(owner, entry, (5, "USD"), (-5, "USD"))
        assert LedgerLine.objects.count() == 2

    def test_negative_control_without_the_trigger_the_line_is_taken(self, owner: Connection) -> None:
        entry = write(owner, (5, "USD"), (-5, "USD"))
        added = (
            "INSERT INTO payments_ledgerline (entry_id, account, owner, ref, currency, amount_minor, external_ref,"
            " effective_at) SELECT entry_id, account, owner, ref, currency, unnest(ARRAY[1, -1]), '', now()"
            " FROM payments_ledgerline WHERE entry_id = %s LIMIT 2"
        )
        assert tamper("payments_ledgerline", added, entry) == 2
        assert LedgerLine.objects.count() == 4

    def test_a_savepoint_is_still_the_same_transaction(self, owner: Connection) -> None:
        with owner.transaction():
            entry = insert_entry(owner)
            with owner.transaction():
                insert_lines(owner, entry, (5, "USD"), (-5, "USD"))
        assert LedgerLine.objects.count() == 2


class TestAppendOnly:
    @pytest.mark.parametrize("table", ["payments_ledgerentry", "payments_ledgerline", "config_auditentry"])
    @pytest.mark.parametrize(
        "statement",
        ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
        ids=["update", "delete", "truncate"],
    )
    def test_refuses_change_also_to_the_owner(self, owner: Connection, table: str, statement: str) -> None:
        write(owner, (5, "USD"), (-5, "USD"))
        owner.execute(
            "INSERT INTO config_auditentry (subject_type, subject_id, act, from_state, to_state, actor, reason, at,"
            " request_id) VALUES ('x', 'x', 'x', '', '', 'x', '', now(), '')"
        )
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            owner.execute(sql.SQL(statement).format(sql.Identifier(table)))
        assert LedgerLine.objects.count() == 2

    def test_negative_control_their_owner_can_set_the_refusal_aside(self, owner: Connection) -> None:
        write(owner, (5, "USD"), (-5, "USD"))
        assert tamper("payments_ledgerline", "UPDATE payments_ledgerline SET amount_minor = amount_minor") == 2


class TestPrivileges:
    @pytest.mark.parametrize("table", ["payments_ledgerentry", "payments_ledgerline", "config_auditentry"])
    @pytest.mark.parametrize(
        "statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}", "ALTER TABLE {} DISABLE TRIGGER USER"]
    )
    def test_the_applications_role_may_not_even_try(self, application: Connection, table: str, statement: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute(sql.SQL(statement).format(sql.Identifier(table)))

    def test_it_makes_no_temporary_tables(self, application: Connection) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TEMP TABLE payments_ledgerentry (id bigint)")

    def test_it_may_post(self, application: Connection) -> None:
        write(application, (5, "USD"), (-5, "USD"))
        assert LedgerLine.objects.count() == 2
