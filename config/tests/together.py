"""Runs functions on database connections of their own: at the same time, or elsewhere while we stand still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection, connections

T = TypeVar("T")
TIMEOUT_S = 90


def together(functions: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Starts all at one instant and returns what each returned, or the exception that it raised."""
    start = threading.Barrier(len(functions))

    def run(function: Callable[[], T]) -> T | Exception:
        try:
            start.wait(TIMEOUT_S)
            return function()
        except Exception as error:  # noqa: BLE001 - the test looks at what came
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def elsewhere(function: Callable[[], T]) -> T:
    """Runs it on another connection and waits for it; raises what it raised."""
    return begin(function).result(TIMEOUT_S)


def begin(function: Callable[[], T]) -> Future[T]:
    """Starts it on another connection; ask the answer for its result."""

    def run() -> T:
        try:
            return function()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(1)
    running = pool.submit(run)
    pool.shutdown(wait=False)
    return running


def wait_for(condition: Callable[[], Any], what: str) -> None:
    """Looks until it is so; a test that waits for ever tells nothing."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.005)


# Databases beside this one, of other test runs, have their own waits.
_WAITING = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND pg_blocking_pids(pid) <> '{}'
    )
"""


def somebody_waits_for_a_lock() -> bool:
    """Whether another connection to this database stands in line for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction would see the same connections all the time
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[0])


def wait_until_somebody_waits_for_a_lock() -> None:
    """Returns once another connection to this database stands in line for a lock."""
    wait_for(somebody_waits_for_a_lock, "somebody waits for a lock")
