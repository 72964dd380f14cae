"""The queue of webhooks: which event goes to which endpoint, when, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from payments.sandbox import faults
from payments.sandbox.store import Transaction

PENDING = "pending"
HELD = "held"  # waits for the rest of its batch, to be delivered in another order
DELIVERED = "delivered"
FAILED = "failed"  # the last retry failed
DROPPED = "dropped"  # by a fault; never sent

_READY = (
    "state = 'pending' AND due_at <= ? AND (after_seq IS NULL OR EXISTS (SELECT 1 FROM deliveries p"
    " WHERE p.seq = deliveries.after_seq AND (p.attempts > 0 OR p.state <> 'pending')))"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint. `signature` is empty, `bad` or `stale`."""

    seq: int
    gateway: str
    event_id: str
    event_type: str
    endpoint_id: str
    attempts: int
    signature: str


def enqueue(
    transaction: Transaction, *, gateway: str, event_id: str, event_type: str, endpoint_id: str, now: float
) -> None:
    """Queues an event for an endpoint, as the faults in force will have it."""
    struck = faults.strike_webhook(transaction, gateway=gateway, event_type=event_type)
    kinds = {fault.kind: fault for fault in struck}
    state, due_at, copies, signature = PENDING, now, 1, ""
    if faults.WEBHOOK_DELAY in kinds:
        due_at += kinds[faults.WEBHOOK_DELAY].delay_s
    if faults.WEBHOOK_DUPLICATE in kinds:
        copies = kinds[faults.WEBHOOK_DUPLICATE].copies
    if faults.WEBHOOK_BAD_SIGNATURE in kinds:
        signature = "bad"
    if faults.WEBHOOK_STALE_SIGNATURE in kinds:
        signature = "stale"
    reorder = kinds.get(faults.WEBHOOK_REORDER)
    if reorder is not None:
        state = HELD
    if faults.WEBHOOK_DROP in kinds:
        state = DROPPED
    manner = {"signature": signature, "batch_of": reorder.id if reorder is not None else 0}
    for _ in range(copies):
        transaction.run(
            "INSERT INTO deliveries (gateway, event_id, event_type, endpoint_id, state, manner, created_at, due_at,"
            " attempts, last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, '')",
            gateway,
            event_id,
            event_type,
            endpoint_id,
            state,
            json.dumps(manner),
            now,
            due_at,
        )
    if reorder is not None:
        _release_full_batch(transaction, fault_id=reorder.id, batch=reorder.batch, now=now)


def requeue(transaction: Transaction, *, gateway: str, event_id: str, endpoint_id: str | None, now: float) -> int:
    """Queues an event again, as an operator's "resend" does; returns how many deliveries that makes."""
    rows = transaction.rows(
        "SELECT DISTINCT event_type, endpoint_id FROM deliveries WHERE event_id = ? AND gateway = ?", event_id, gateway
    )
    wanted = [row for row in rows if endpoint_id is None or row["endpoint_id"] == endpoint_id]
    for row in wanted:
        transaction.run(
            "INSERT INTO deliveries (gateway, event_id, event_type, endpoint_id, state, manner, created_at, due_at,"
            " attempts, last_error) VALUES (?, ?, ?, ?, 'pending', '{}', ?, ?, 0, '')",
            gateway,
            event_id,
            row["event_type"],
            row["endpoint_id"],
            now,
            now,
        )
    return len(wanted)


def due(transaction: Transaction, *, now: float, limit: int) -> list[Delivery]:
    """What may be sent now, oldest first."""
    rows = transaction.rows(
        f"SELECT * FROM deliveries WHERE {_READY} ORDER BY due_at, seq LIMIT ?",  # noqa: S608
        now,
        limit,
    )
    return [_delivery(row) for row in rows]


def waiting(transaction: Transaction, *, event_type: str, event_id: str) -> list[Delivery]:
    """All that was not sent yet or waits for a retry, due or not, in the order in which it was made."""
    rows = transaction.rows(
        "SELECT * FROM deliveries WHERE state IN ('pending', 'held') AND event_type GLOB ? AND event_id GLOB ?"
        " ORDER BY seq",
        event_type or "*",
        event_id or "*",
    )
    return [_delivery(row) for row in rows]


def next_due_at(transaction: Transaction) -> float | None:
    """When the earliest waiting delivery is due."""
    row = transaction.one("SELECT MIN(due_at) AS due_at FROM deliveries WHERE state = 'pending'")
    return None if row is None else row["due_at"]


def record_attempt(
    transaction: Transaction,
    *,
    delivery: Delivery,
    status: int | None,
    error: str,
    retry_after_s: tuple[float, ...],
    now: float,
) -> str:
    """Writes down what an attempt came to and when the next one is; returns the state. Only 2xx delivers."""
    if status is not None and 200 <= status < 300:
        state, due_at, finished_at = DELIVERED, now, now
    elif delivery.attempts < len(retry_after_s):
        state, due_at, finished_at = PENDING, now + retry_after_s[delivery.attempts], None
    else:
        state, due_at, finished_at = FAILED, now, now
    transaction.run(
        "UPDATE deliveries SET state = ?, due_at = ?, attempts = attempts + 1, last_status = ?, last_error = ?,"
        " finished_at = ? WHERE seq = ?",
        state,
        due_at,
        status,
        error,
        finished_at,
        delivery.seq,
    )
    return state


def undelivered_endpoints(transaction: Transaction, *, event_id: str) -> int:
    """How many endpoints have not taken this event."""
    row = transaction.one(
        "SELECT COUNT(*) AS n FROM (SELECT endpoint_id FROM deliveries WHERE event_id = ? GROUP BY endpoint_id"
        " HAVING SUM(state = 'delivered') = 0)",
        event_id,
    )
    return 0 if row is None else int(row["n"])


def listing(transaction: Transaction, *, state: str, event_type: str, event_id: str, limit: int) -> dict[str, Any]:
    """How many deliveries there are by state, and the newest that match."""
    rows = transaction.rows(
        "SELECT * FROM deliveries WHERE state GLOB ? AND event_type GLOB ? AND event_id GLOB ?"
        " ORDER BY seq DESC LIMIT ?",
        state or "*",
        event_type or "*",
        event_id or "*",
        limit,
    )
    counts = transaction.rows("SELECT state, COUNT(*) AS n FROM deliveries GROUP BY state")
    return {
        "counts": {row["state"]: row["n"] for row in counts},
        "deliveries": [{**dict(row), "manner": json.loads(row["manner"])} for row in rows],
    }


def _release_full_batch(transaction: Transaction, *, fault_id: int, batch: int, now: float) -> None:
    """Once the batch is complete its last delivery goes first, and each waits for the one before it."""
    held = transaction.rows(
        "SELECT seq FROM deliveries WHERE state = 'held' AND json_extract(manner, '$.batch_of') = ? ORDER BY seq DESC",
        fault_id,
    )
    if len(held) < batch:
        return
    before: int | None = None
    for row in held:
        transaction.run(
            "UPDATE deliveries SET state = 'pending', due_at = ?, after_seq = ? WHERE seq = ?", now, before, row["seq"]
        )
        before = row["seq"]


def _delivery(row: Any) -> Delivery:
    return Delivery(
        seq=row["seq"],
        gateway=row["gateway"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        endpoint_id=row["endpoint_id"],
        attempts=row["attempts"],
        signature=json.loads(row["manner"]).get("signature", ""),
    )
