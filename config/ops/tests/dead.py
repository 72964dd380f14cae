"""Ports that nobody answers at, for tests of what happens then."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses every connection: it is ours, and we do not listen."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word, as a hung server does."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(16)
        yield int(held.getsockname()[1])
