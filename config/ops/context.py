"""What every log line, audit entry and error report of the work at hand is labelled with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

EMPTY: Mapping[str, str] = MappingProxyType({})

# Set by the request middleware and by the engine. An audit entry keeps it, so that it can be followed to the log
# lines around it.
request_id: ContextVar[str] = ContextVar("request_id", default="")
_facts: ContextVar[Mapping[str, str]] = ContextVar("log_facts", default=EMPTY)


def bind(**facts: str) -> None:
    """Labels whatever this request or job logs from here on, e.g. `bind(order_id=…)`. Public ids only."""
    _facts.set({**_facts.get(), **facts})


@contextmanager
def bound(**facts: str) -> Iterator[None]:
    """Labels what is logged inside the block."""
    token = _facts.set({**_facts.get(), **facts})
    try:
        yield
    finally:
        _facts.reset(token)


def start(identifier: str) -> None:
    """Begins a unit of work: its own id, and nothing of what the thread did before."""
    request_id.set(identifier)
    _facts.set(EMPTY)


def facts() -> Mapping[str, str]:
    """What is bound now, the request id first."""
    identifier = request_id.get()
    return {"request_id": identifier, **_facts.get()} if identifier else _facts.get()
