"""What a handler of any gateway works with: the open transaction, the gateway's objects and timers in it, its money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from payments.sandbox.effects import Effect, record
from payments.sandbox.objects import Objects, Stored
from payments.sandbox.store import Transaction
from payments.sandbox.timers import Timer, clear_timer, set_timer


@dataclass(slots=True)
class OpenCall:
    """The open transaction and the circumstances of the call. `now_s` is the sandbox's clock in whole seconds.

    `request_id` and `idempotency_key` are empty where nobody called the API.
    """

    gateway: ClassVar[str]

    transaction: Transaction
    now: float
    nudge: Callable[[], None]
    request_id: str = ""
    idempotency_key: str = ""

    @property
    def now_s(self) -> int:
        """The time in whole seconds."""
        return int(self.now)

    @property
    def objects(self) -> Objects:
        """The gateway's objects in this transaction."""
        return Objects(self.transaction, self.gateway)

    def find(self, kind: str, object_id: str | None) -> Stored | None:
        """The object, or None."""
        return None if object_id is None else self.objects.get(kind=kind, object_id=object_id)

    def save(self, *stored: Stored) -> None:
        """Writes the objects as they are now."""
        for each in stored:
            self.objects.save(each)

    def set_timer(self, kind: str, object_id: str, *, due_at: float) -> None:
        """Sets or moves a timer of this object."""
        set_timer(self.transaction, timer=Timer(self.gateway, kind, object_id, due_at))
        self.transaction.after_commit(self.nudge)

    def clear_timer(self, kind: str, object_id: str) -> None:
        """Takes a timer of this object off the list."""
        clear_timer(self.transaction, gateway=self.gateway, kind=kind, object_id=object_id)

    def note_money(self, effect: str, *, amount: int, currency: str, object_id: str, subjects: tuple[str, ...]) -> None:
        """Writes down that money moved, to be asked for by any of its subjects."""
        record(
            self.transaction,
            effect=Effect(
                at=self.now,
                gateway=self.gateway,
                effect=effect,
                amount_minor=amount,
                currency=currency,
                object_id=object_id,
                subjects=subjects,
                request_id=self.request_id,
                idempotency_key=self.idempotency_key,
            ),
        )
