"""Which requests the sandbox has seen: the record that tests count keys in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from payments.sandbox.store import Transaction

# Old requests are forgotten beyond this many, so that a demo that runs for weeks stays small.
KEPT = 50_000


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request as it came and what it was answered; status 0 means that it got no answer on purpose."""

    at: float
    gateway: str
    method: str
    path: str
    params: dict[str, Any]
    idempotency_key: str
    request_id: str
    status: int
    replayed: bool
    faults: tuple[int, ...] = ()


def record(transaction: Transaction, *, request: SeenRequest) -> None:
    """Writes one request down."""
    cursor = transaction.run(
        "INSERT INTO requests"
        " (at, gateway, method, path, params, idempotency_key, request_id, status, replayed, faults)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        request.at,
        request.gateway,
        request.method,
        request.path,
        json.dumps(request.params),
        request.idempotency_key,
        request.request_id,
        request.status,
        int(request.replayed),
        json.dumps(request.faults),
    )
    seq = int(cursor.lastrowid or 0)
    if seq % 1_000 == 0:
        transaction.run("DELETE FROM requests WHERE seq <= ?", seq - KEPT)


def seen(
    transaction: Transaction, *, gateway: str, method: str, path: str, key: str, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many requests match, and the newest of them; `path` and `key` may hold `*`, empty matches everything."""
    condition = "gateway GLOB ? AND method GLOB ? AND path GLOB ? AND idempotency_key GLOB ?"
    values = (gateway or "*", method.upper() or "*", path or "*", key or "*")
    counted = transaction.one(f"SELECT COUNT(*) AS n FROM requests WHERE {condition}", *values)  # noqa: S608
    rows = transaction.rows(
        f"SELECT * FROM requests WHERE {condition} ORDER BY seq DESC LIMIT ?",  # noqa: S608
        *values,
        limit,
    )
    found = [
        {
            **{name: row[name] for name in ("seq", "at", "gateway", "method", "path", "idempotency_key", "request_id")},
            "status": row["status"],
            "replayed": bool(row["replayed"]),
            "params": json.loads(row["params"]),
            "faults": json.loads(row["faults"]),
        }
        for row in rows
    ]
    return (0 if counted is None else int(counted["n"])), found
