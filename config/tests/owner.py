"""The owner of the tables, who may do what the application may not: so that tests can break what is guarded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql


@contextmanager
def owner_connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own to the test database, each statement a commit."""
    alias = "owner" if "owner" in settings.DATABASES else "default"
    parameters = connections[alias].get_connection_params()
    with psycopg.connect(**{**parameters, "cursor_factory": None, "context": None}, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '20s'")
        yield connection


def tamper(table: str, statement: str, *values: Any) -> int:
    """Changes rows of `table` past its triggers, as only its owner can; returns how many."""
    name = sql.Identifier(table)
    with owner_connection() as connection:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        try:
            return connection.execute(statement.encode(), values).rowcount
        finally:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
