"""Reads the clock, for the doors; everything behind a door is given the time."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This instant in UTC. Only doors, commands, tasks and the engine call it."""
    return datetime.now(tz=UTC)


def from_epoch(seconds: int) -> datetime:
    """A gateway's whole seconds since 1970 as an instant in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC)
