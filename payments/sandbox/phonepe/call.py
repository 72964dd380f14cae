"""One call: what a handler works with, whoever asked: the API, the page, a timer or the control endpoint."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from payments.sandbox.calls import OpenCall
from payments.sandbox.objects import Stored
from payments.sandbox.phonepe.rules import Rules, keep_waiting

GATEWAY = "phonepe"
CURRENCY = "INR"


@dataclass(slots=True)
class Call(OpenCall):
    """A call of PhonePe's."""

    gateway = GATEWAY

    rules: Rules = field(kw_only=True)
    params: Mapping[str, Any] = field(default_factory=dict)
    base_url: str = ""

    @property
    def now_ms(self) -> int:
        """The time as PhonePe writes it."""
        return int(self.now * 1000)

    def new_id(self, prefix: str) -> str:
        """An id in PhonePe's manner: letters, the time to the second, and digits that nobody guesses."""
        stamp = datetime.fromtimestamp(self.now, tz=UTC).strftime("%y%m%d%H%M%S")
        return f"{prefix}{stamp}{secrets.randbelow(10**10):010d}"

    def add(self, kind: str, object_id: str, *, body: dict[str, Any], hidden: dict[str, Any], **labels: str) -> Stored:
        """Stores a new object."""
        stored = Stored(kind=kind, id=object_id, created_s=int(self.now), body=body, hidden=hidden)
        return self.objects.add(stored, labels=labels)

    def waits_for_orders(self) -> bool:
        """Whether the refund that is made now stands still until somebody orders it on; counted down."""
        if self.rules.refunds_wait > 0:
            keep_waiting(self.transaction, refunds=self.rules.refunds_wait - 1)
            return True
        return self.rules.refund_after_s is None

    def moved(self, effect: str, *, amount: int, order: Stored, object_id: str) -> None:
        """Writes down that money moved; it is found by the order's ids and by its `udf1=…` and so on."""
        marks = (f"{name}={value}" for name, value in order.body["metaInfo"].items())
        subjects = (order.id, order.body["orderId"], *marks)
        self.note_money(effect, amount=amount, currency=CURRENCY, object_id=object_id, subjects=subjects)
