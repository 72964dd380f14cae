"""What happens later: at most one timer for each object and purpose, kept in the state file."""

from __future__ import annotations

from dataclasses import dataclass

from payments.sandbox.store import Transaction


@dataclass(frozen=True, slots=True)
class Timer:
    gateway: str
    kind: str
    object_id: str
    due_at: float


def set_timer(transaction: Transaction, *, timer: Timer) -> None:
    """Sets the timer, or moves it."""
    transaction.run(
        "INSERT INTO timers (gateway, kind, object_id, due_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (gateway, kind, object_id) DO UPDATE SET due_at = excluded.due_at",
        timer.gateway,
        timer.kind,
        timer.object_id,
        timer.due_at,
    )


def clear_timer(transaction: Transaction, *, gateway: str, kind: str, object_id: str) -> None:
    """Takes the timer off the list, if it is on it."""
    transaction.run("DELETE FROM timers WHERE gateway = ? AND kind = ? AND object_id = ?", gateway, kind, object_id)


def next_due_at(transaction: Transaction) -> float | None:
    """When the earliest timer rings."""
    row = transaction.one("SELECT MIN(due_at) AS due_at FROM timers")
    return None if row is None else row["due_at"]


def take_due(transaction: Transaction, *, now: float) -> Timer | None:
    """Takes the earliest timer that is due off the list; what it causes belongs into the same transaction."""
    row = transaction.one("SELECT * FROM timers WHERE due_at <= ? ORDER BY due_at LIMIT 1", now)
    if row is None:
        return None
    timer = Timer(row["gateway"], row["kind"], row["object_id"], row["due_at"])
    clear_timer(transaction, gateway=timer.gateway, kind=timer.kind, object_id=timer.object_id)
    return timer
