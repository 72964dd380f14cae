"""Faults that were ordered by the control endpoint: what each one matches, and how often it still strikes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from payments.sandbox.store import Transaction

# What may happen to a request.
DELAY = "delay"  # the answer comes `delay_s` later
ERROR = "error"  # an error instead of the answer, before or after the request was executed
LOST_ANSWER = "lost_answer"  # executed and committed, then the connection drops without an answer
REFUSE = "refuse"  # the connection drops and nothing was executed
# What may happen to a webhook.
WEBHOOK_DELAY = "webhook_delay"
WEBHOOK_DUPLICATE = "webhook_duplicate"
WEBHOOK_DROP = "webhook_drop"
WEBHOOK_REORDER = "webhook_reorder"  # the next `batch` matching ones are delivered last first
WEBHOOK_BAD_SIGNATURE = "webhook_bad_signature"
WEBHOOK_STALE_SIGNATURE = "webhook_stale_signature"

REQUEST_KINDS = (DELAY, ERROR, LOST_ANSWER, REFUSE)
WEBHOOK_KINDS = (
    WEBHOOK_DELAY,
    WEBHOOK_DUPLICATE,
    WEBHOOK_DROP,
    WEBHOOK_REORDER,
    WEBHOOK_BAD_SIGNATURE,
    WEBHOOK_STALE_SIGNATURE,
)
STAGES = ("before", "after")


class FaultRefused(Exception):
    """The fault as ordered makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. Patterns hold `*`; an omitted one matches everything.

    `count` is how often it strikes (None: until it is removed; for a reorder: how many batches), `skip` how many
    matches it lets pass first. `stage` says whether an `error` or `delay` comes before the request is executed or after
    it was committed. `stored` says whether an `error` is kept under the idempotency key and replayed, as Stripe does
    with 500s: by default it is for status 500 and above.
    """

    kind: str
    gateway: str = "*"
    method: str = "*"
    path: str = "*"
    key: str = "*"
    event_type: str = "*"
    count: int | None = 1
    skip: int = 0
    delay_s: float = 0.0
    status: int = 500
    stage: str = "before"
    stored: bool | None = None
    error: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    copies: int = 2
    batch: int = 2
    id: int = 0

    @property
    def is_stored(self) -> bool:
        """Whether an `error` is kept under the idempotency key."""
        return self.status >= 500 if self.stored is None else self.stored


def from_json(*, order: Mapping[str, Any]) -> Fault:
    """Reads a fault as the control endpoint got it; raises FaultRefused for unknown words and impossible numbers."""
    known = set(Fault.__dataclass_fields__) - {"id"}
    unknown = sorted(set(order) - known)
    if unknown:
        raise FaultRefused(f"a fault has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    fault = Fault(**order) if "kind" in order else Fault(kind="")
    if fault.kind not in REQUEST_KINDS + WEBHOOK_KINDS:
        raise FaultRefused(f"kind must be one of {', '.join(REQUEST_KINDS + WEBHOOK_KINDS)}")
    if fault.stage not in STAGES:
        raise FaultRefused("stage must be before or after")
    if fault.count is not None and fault.count < 1:
        raise FaultRefused("count must be at least 1, or null")
    if fault.kind == WEBHOOK_REORDER and fault.batch < 2:
        raise FaultRefused("a batch of fewer than 2 has no other order")
    if not 400 <= fault.status <= 599:
        raise FaultRefused("status must be an HTTP error")
    return fault


def add(transaction: Transaction, *, fault: Fault) -> int:
    """Orders a fault; returns its id."""
    rule = {name: value for name, value in asdict(fault).items() if name != "id"}
    strikes = fault.count if fault.kind != WEBHOOK_REORDER or fault.count is None else fault.count * fault.batch
    cursor = transaction.run(
        "INSERT INTO faults (kind, rule, skip, remaining, hits) VALUES (?, ?, ?, ?, 0)",
        fault.kind,
        json.dumps(rule),
        fault.skip,
        strikes,
    )
    return int(cursor.lastrowid or 0)


def remove(transaction: Transaction, *, fault_id: int | None) -> int:
    """Takes one fault back, or all; returns how many there were."""
    if fault_id is None:
        return transaction.run("DELETE FROM faults").rowcount
    return transaction.run("DELETE FROM faults WHERE id = ?", fault_id).rowcount


def every(transaction: Transaction) -> list[dict[str, Any]]:
    """All faults with what is left of them and how often they struck."""
    return [
        {**json.loads(row["rule"]), "id": row["id"], "skip": row["skip"], "remaining": row["remaining"]}
        | {"hits": row["hits"]}
        for row in transaction.rows("SELECT * FROM faults ORDER BY id")
    ]


def any_ordered(transaction: Transaction) -> bool:
    """Whether a fault could strike at all; the common case is no, and costs one look."""
    return transaction.one("SELECT 1 FROM faults WHERE remaining IS NULL OR remaining > 0 LIMIT 1") is not None


def strike_request(transaction: Transaction, *, gateway: str, method: str, path: str, key: str) -> list[Fault]:
    """The faults that strike this request now; each is counted."""
    return _strike(
        transaction,
        kinds=REQUEST_KINDS,
        facts={"gateway": gateway, "method": method, "path": path, "key": key},
    )


def strike_webhook(transaction: Transaction, *, gateway: str, event_type: str) -> list[Fault]:
    """The faults that strike this webhook now; each is counted."""
    return _strike(transaction, kinds=WEBHOOK_KINDS, facts={"gateway": gateway, "event_type": event_type})


def _strike(transaction: Transaction, *, kinds: Iterable[str], facts: Mapping[str, str]) -> list[Fault]:
    struck = []
    wanted = set(kinds)
    for row in transaction.rows("SELECT * FROM faults WHERE remaining IS NULL OR remaining > 0 ORDER BY id"):
        rule = json.loads(row["rule"])
        if row["kind"] not in wanted or not all(fnmatchcase(value, rule[name]) for name, value in facts.items()):
            continue
        if row["skip"] > 0:
            transaction.run("UPDATE faults SET skip = skip - 1 WHERE id = ?", row["id"])
            continue
        transaction.run("UPDATE faults SET remaining = remaining - 1, hits = hits + 1 WHERE id = ?", row["id"])
        struck.append(Fault(**{**rule, "id": row["id"]}))
    return struck
