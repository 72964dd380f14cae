"""The state file."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from payments.sandbox.store import StateFileRefused, Store, Transaction, get_meta, set_meta


class Interrupted(Exception):
    """Stands for anything that goes wrong inside a transaction."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "deep" / "state.sqlite3")
    yield store
    store.close()


def _count(store: Store) -> int:
    with store.read() as transaction:
        row = transaction.one("SELECT COUNT(*) AS n FROM meta")
    assert row is not None
    return int(row["n"])


class TestWrite:
    def test_commits_and_then_calls_back(self, store: Store) -> None:
        seen: list[int] = []
        with store.write() as transaction:
            set_meta(transaction, key="a", value=1)
            transaction.after_commit(lambda: seen.append(_count(store)))
            assert seen == []
        assert seen == [1]

    def test_an_exception_leaves_nothing_and_calls_nobody(self, store: Store) -> None:
        seen: list[int] = []

        def fail(transaction: Transaction) -> None:
            set_meta(transaction, key="a", value=1)
            transaction.after_commit(lambda: seen.append(1))
            raise Interrupted

        with pytest.raises(Interrupted), store.write() as transaction:
            fail(transaction)
        assert (_count(store), seen) == (0, [])
        with store.write() as transaction:
            set_meta(transaction, key="b", value=1)
        assert _count(store) == 1

    def test_an_inner_one_joins_the_outer(self, store: Store) -> None:
        def nested() -> None:
            with store.write() as inner:
                set_meta(inner, key="a", value=1)
            raise Interrupted

        with pytest.raises(Interrupted), store.write():
            nested()
        assert _count(store) == 0

    def test_many_writers_wait_for_each_other(self, store: Store) -> None:
        def add() -> None:
            for _ in range(50):
                with store.write() as transaction:
                    set_meta(transaction, key="n", value=get_meta(transaction, key="n", default=0) + 1)
            store.close()

        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.read() as transaction:
            assert get_meta(transaction, key="n") == 400


class TestRead:
    def test_sees_one_moment(self, store: Store) -> None:
        with store.read() as transaction:
            assert get_meta(transaction, key="a") is None
            other = threading.Thread(target=_set_and_close, args=(store,))
            other.start()
            other.join()
            assert get_meta(transaction, key="a") is None
        with store.read() as transaction:
            assert get_meta(transaction, key="a") == 1


class TestFile:
    def test_another_format_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "state.sqlite3"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version=99")
        connection.close()
        with pytest.raises(StateFileRefused, match="delete the file"):
            Store(path)

    def test_a_wipe_empties_every_table(self, store: Store) -> None:
        with store.write() as transaction:
            set_meta(transaction, key="a", value=1)
        store.wipe()
        assert _count(store) == 0


def _set_and_close(store: Store) -> None:
    with store.write() as transaction:
        set_meta(transaction, key="a", value=1)
    store.close()


class TestConnections:
    def test_are_closed_with_the_thread_that_they_belong_to(self, tmp_path: Path) -> None:
        """Each worker thread of the server has its own: else files stay open for every thread that there ever was."""
        store = Store(tmp_path / "state.sqlite3")

        def use() -> None:
            with store.write() as transaction:
                set_meta(transaction, key="seen", value=True)

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        store.close()
        gc.collect()
        opened = {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.exists()}
        assert not [path for path in opened if path.startswith(str(tmp_path))]
