"""The state file: SQLite in WAL mode, one writer at a time, many readers."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from payments.sandbox.schema import STATEMENTS, TABLES, VERSION


class StateFileRefused(Exception):
    """The state file was written by another version of the sandbox; the message says what to do."""


class _Connection(sqlite3.Connection):
    """Closed with the thread that it belongs to, whoever collects it."""

    def __del__(self) -> None:
        self.close()


class Transaction:
    """One open transaction. What `after_commit` is given runs once the rows can be seen by others, or never."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._callbacks: list[Callable[[], None]] = []

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Executes a statement."""
        return self._connection.execute(statement, values)

    def one(self, statement: str, *values: object) -> sqlite3.Row | None:
        """The first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
        return row

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """All rows."""
        return self._connection.execute(statement, values).fetchall()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Runs the callback when this transaction has committed; never, when it rolls back."""
        self._callbacks.append(callback)

    def _committed(self) -> None:
        for callback in self._callbacks:
            callback()


class Store:
    """Opens the file, makes its tables if it is new, and hands out transactions.

    `synchronous=NORMAL` in WAL mode: a commit survives `kill -9` of the process (the page cache keeps it); only a crash
    of the machine may lose the last ones, which a sandbox may.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        # SQLite takes one writer anyway; waiting here is fair and never ends in "database is locked".
        self._writing = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._prepare()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent view. Inside a write transaction of the same thread it is that transaction's view."""
        current: Transaction | None = getattr(self._local, "transaction", None)
        if current is not None:
            yield current
            return
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield Transaction(connection)
        finally:
            connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Commits at the end, rolls back on any exception; inside another write it joins that one."""
        current: Transaction | None = getattr(self._local, "transaction", None)
        if current is not None:
            yield current
            return
        connection = self._connection()
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(connection)
            self._local.transaction = transaction
            try:
                yield transaction
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            else:
                connection.execute("COMMIT")
            finally:
                self._local.transaction = None
        transaction._committed()

    def wipe(self) -> None:
        """Deletes every row of every table; numbering starts again."""
        with self.write() as transaction:
            for table in TABLES:
                transaction.run(f"DELETE FROM {table}")  # noqa: S608  the names are our own constants
            transaction.run("DELETE FROM sqlite_sequence")

    def close(self) -> None:
        """Closes the calling thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, isolation_level=None, timeout=30, check_same_thread=False, factory=_Connection
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = connection
        return connection

    def _prepare(self) -> None:
        connection = self._connection()
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            connection.execute("ROLLBACK")
            raise StateFileRefused(f"{self._path} has format {version}, this sandbox writes {VERSION}: delete the file")
        if version == 0:
            for statement in STATEMENTS:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")


def get_meta(transaction: Transaction, *, key: str, default: Any = None) -> Any:
    """A value that the sandbox keeps about itself, as `set_meta` stored it."""
    row = transaction.one("SELECT value FROM meta WHERE key = ?", key)
    return default if row is None else json.loads(row["value"])


def set_meta(transaction: Transaction, *, key: str, value: Any) -> None:
    """Keeps a JSON value under a name; None removes it."""
    if value is None:
        transaction.run("DELETE FROM meta WHERE key = ?", key)
        return
    transaction.run(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key,
        json.dumps(value),
    )
