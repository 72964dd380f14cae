"""What is done between two tests that commit: tables are emptied and connections are handed on."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connections
from psycopg import sql
from psycopg.pq import TransactionStatus

# What migrations leave behind and every test expects to find.
KEPT = ["django_migrations", "django_content_type", "auth_permission"]
_TABLES = """
    SELECT relname, EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND NOT tgisinternal) FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> ALL (%s) ORDER BY relname
"""
# What was ever filled since it was cut last has a size. A row that is deleted keeps its place until then, and many such
# places make every search slow; statistics of an earlier test's rows would mislead the planner.
_TOUCHED = """
    SELECT relname, reltuples >= 0 OR pg_relation_size(oid) > 128 * 1024 AS worn FROM pg_class
     WHERE oid = ANY (%s::regclass[]) AND (reltuples >= 0 OR pg_relation_size(oid) > 0) ORDER BY relname
"""


class Broom:
    """Empties all tables as their owner. Django's flush would be refused by the append-only ones; their owner can set
    the refusal aside, in one transaction that ends with all triggers in force again.

    To cut all tables takes as long as a test does. So mostly only those are emptied that may hold anything.
    """

    def __init__(self, *, owner: psycopg.Connection[Any]) -> None:
        self.owner = owner
        found = owner.execute(_TABLES, [KEPT]).fetchall()
        self.tables = [name for name, _ in found]
        self._guarded = [name for name, guarded in found if guarded]
        listed = sql.SQL(", ").join(map(sql.Identifier, self.tables))
        # Whoever is still at work when a test is over is waited for, so that nothing is left by them either.
        self._alone = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(listed)
        self._cut = sql.SQL("TRUNCATE {} CASCADE").format(listed)

    def sweep(self) -> None:
        """Leaves every table empty, and none worn. Raises LockNotAvailable where somebody does not end his work."""
        with self.owner.transaction():
            self.owner.execute(self._alone)
            touched = dict(self.owner.execute(_TOUCHED, [self.tables], prepare=True))
            if any(touched.values()):
                self._unguarded(self._guarded, [self._cut])
            elif touched:
                delete = sql.SQL("DELETE FROM {}")
                statements = [delete.format(sql.Identifier(name)) for name in touched]
                self._unguarded([name for name in self._guarded if name in touched], statements)

    def _unguarded(self, tables: list[str], statements: list[sql.Composed]) -> None:
        """Carries the statements out while the triggers of these tables are set aside."""
        switch = "ALTER TABLE {} {} TRIGGER USER"
        off = [sql.SQL(switch).format(sql.Identifier(name), sql.SQL("DISABLE")) for name in tables]
        on = [sql.SQL(switch).format(sql.Identifier(name), sql.SQL("ENABLE")) for name in tables]
        checked = sql.SQL("SET CONSTRAINTS ALL IMMEDIATE")  # a table of which checks are pending cannot be altered
        self.owner.execute(sql.SQL("; ").join([*off, *statements, checked, *on]))


def keep_vacuum_away(*, owner: psycopg.Connection[Any]) -> None:
    """Nobody but a test itself counts the rows of our tables: when autovacuum would have passed depends on how busy the
    machine is, and the planner chooses by what it counted."""
    names = [name for name, _ in owner.execute(_TABLES, [[]]).fetchall()]
    still = sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = false)")
    owner.execute(sql.SQL("; ").join(still.format(sql.Identifier(name)) for name in names))


def hand_on_connections() -> None:
    """Makes each of this thread's connections as good as new, as PgBouncer does between two clients: a really new one
    would learn all tables anew. What is broken or in the midst of something is closed."""
    for connection in connections.all(initialized_only=True):
        found = connection.connection
        if found is None:
            continue
        if found.closed or found.info.transaction_status != TransactionStatus.IDLE or connection.in_atomic_block:
            connection.close()
            continue
        found.execute("DISCARD ALL")
        connection.init_connection_state()
