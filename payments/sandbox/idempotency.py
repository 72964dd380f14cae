"""The idempotency store: one answer for a key, given again to the same request and refused to another."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from payments.sandbox.store import Transaction

# Stripe replays for at least 24 hours and may forget a key after that; the sandbox forgets at once.
# Source: docs.stripe.com/api/idempotent_requests
KEPT_S = 24 * 60 * 60


class KeyInUse(Exception):
    """Another request with this key is being executed right now."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer to a key. `same_endpoint` and `same_params` compare the request that asks for it now."""

    status: int
    body: str
    request_id: str
    endpoint: str
    same_endpoint: bool
    same_params: bool


class KeysInUse:
    """The keys that this process is working on; a killed process leaves none behind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str, str]] = set()

    @contextmanager
    def hold(self, *, gateway: str, scope: str, key: str) -> Iterator[None]:
        """Holds the key for the time of the block; raises KeyInUse when somebody else does."""
        name = (gateway, scope, key)
        with self._lock:
            if name in self._keys:
                raise KeyInUse(key)
            self._keys.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(name)


def fingerprint(*, params: dict[str, Any]) -> str:
    """Equal for equal parameters, whatever their order."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def find(
    transaction: Transaction, *, gateway: str, scope: str, key: str, endpoint: str, params: dict[str, Any], now: float
) -> StoredAnswer | None:
    """What was answered to this key, unless that is longer ago than KEPT_S."""
    row = transaction.one(
        "SELECT * FROM idempotency WHERE gateway = ? AND scope = ? AND key = ? AND created_at > ?",
        gateway,
        scope,
        key,
        now - KEPT_S,
    )
    if row is None:
        return None
    return StoredAnswer(
        status=row["status"],
        body=row["body"],
        request_id=row["request_id"],
        endpoint=row["endpoint"],
        same_endpoint=row["endpoint"] == endpoint,
        same_params=row["fingerprint"] == fingerprint(params=params),
    )


def keep(
    transaction: Transaction,
    *,
    gateway: str,
    scope: str,
    key: str,
    endpoint: str,
    params: dict[str, Any],
    status: int,
    body: str,
    request_id: str,
    now: float,
) -> None:
    """Stores the answer, in the transaction that has its effects, so that neither is there without the other."""
    transaction.run(
        "INSERT OR REPLACE INTO idempotency "
        "(gateway, scope, key, endpoint, fingerprint, status, body, request_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        gateway,
        scope,
        key,
        endpoint,
        fingerprint(params=params),
        status,
        body,
        request_id,
        now,
    )
