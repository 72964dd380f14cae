"""One call: what a handler works with, whoever asked: the API, the page, a timer or the control endpoint."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from payments.sandbox.effects import Effect, record
from payments.sandbox.objects import Objects, Stored
from payments.sandbox.phonepe.rules import Rules, keep_waiting
from payments.sandbox.store import Transaction
from payments.sandbox.timers import Timer, clear_timer, set_timer

GATEWAY = "phonepe"
CURRENCY = "INR"


@dataclass(slots=True)
class Call:
    """The open transaction and the circumstances of the call."""

    transaction: Transaction
    now: float
    rules: Rules
    nudge: Callable[[], None]
    params: Mapping[str, Any] = field(default_factory=dict)
    base_url: str = ""
    key: str = ""

    @property
    def now_ms(self) -> int:
        """The time as PhonePe writes it."""
        return int(self.now * 1000)

    @property
    def objects(self) -> Objects:
        """PhonePe's objects in this transaction."""
        return Objects(self.transaction, GATEWAY)

    def new_id(self, prefix: str) -> str:
        """An id in PhonePe's manner: letters, the time to the second, and digits that nobody guesses."""
        stamp = datetime.fromtimestamp(self.now, tz=UTC).strftime("%y%m%d%H%M%S")
        return f"{prefix}{stamp}{secrets.randbelow(10**10):010d}"

    def find(self, kind: str, object_id: str) -> Stored | None:
        """The object, or None."""
        return self.objects.get(kind=kind, object_id=object_id)

    def add(self, kind: str, object_id: str, *, body: dict[str, Any], hidden: dict[str, Any], **labels: str) -> Stored:
        """Stores a new object."""
        stored = Stored(kind=kind, id=object_id, created_s=int(self.now), body=body, hidden=hidden)
        return self.objects.add(stored, labels=labels)

    def save(self, stored: Stored) -> None:
        """Writes the object as it is now."""
        self.objects.save(stored)

    def set_timer(self, kind: str, object_id: str, *, due_at: float) -> None:
        """Sets or moves a timer of this object."""
        set_timer(self.transaction, timer=Timer(GATEWAY, kind, object_id, due_at))
        self.transaction.after_commit(self.nudge)

    def clear_timer(self, kind: str, object_id: str) -> None:
        """Takes a timer of this object off the list."""
        clear_timer(self.transaction, gateway=GATEWAY, kind=kind, object_id=object_id)

    def waits_for_orders(self) -> bool:
        """Whether the refund that is made now stands still until somebody orders it on; counted down."""
        if self.rules.refunds_wait > 0:
            keep_waiting(self.transaction, refunds=self.rules.refunds_wait - 1)
            return True
        return self.rules.refund_after_s is None

    def moved(self, effect: str, *, amount: int, order: Stored, object_id: str) -> None:
        """Writes down that money moved; it is found by the order's ids and by its `udf1=…` and so on."""
        marks = (f"{name}={value}" for name, value in order.body["metaInfo"].items())
        record(
            self.transaction,
            effect=Effect(
                at=self.now,
                gateway=GATEWAY,
                effect=effect,
                amount_minor=amount,
                currency=CURRENCY,
                object_id=object_id,
                subjects=(order.id, order.body["orderId"], *marks),
                idempotency_key=self.key,
            ),
        )
