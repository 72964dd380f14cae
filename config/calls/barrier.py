"""The guard in front of every call to the outside world: never inside a transaction, never during a dry run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connections

_barred: ContextVar[bool] = ContextVar("network_barred", default=False)


class CallInsideTransaction(RuntimeError):
    """A call to the outside while a transaction is open: locks would be held as long as the other side likes."""


class NetworkBarred(RuntimeError):
    """A call to the outside during a dry run."""


@contextmanager
def network_barred() -> Iterator[None]:
    """Until the end of the block every call to the outside raises NetworkBarred."""
    token = _barred.set(True)
    try:
        yield
    finally:
        _barred.reset(token)


def check_call_allowed(what: str = "a call to the outside") -> None:
    """Raises CallInsideTransaction or NetworkBarred, naming `what`. A test case's own transaction does not count: it
    stands around the whole test, and a guard that it blinded would guard nothing."""
    if _barred.get():
        raise NetworkBarred(f"{what} in a dry run")
    for connection in connections.all(initialized_only=True):
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise CallInsideTransaction(f"{what} inside a transaction on {connection.alias!r}")
        if not connection.in_atomic_block and connection.connection is not None and not connection.autocommit:
            raise CallInsideTransaction(f"{what} with autocommit off on {connection.alias!r}")
