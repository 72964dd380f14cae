"""One call: what a handler works with, whoever asked: the API, a timer or the control endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from payments.sandbox.effects import Effect, names_of_metadata, record
from payments.sandbox.objects import Objects, Stored
from payments.sandbox.razorpay.errors import no_such_id
from payments.sandbox.razorpay.params import Params
from payments.sandbox.razorpay.rules import AccountRules
from payments.sandbox.store import Transaction
from payments.sandbox.timers import Timer, clear_timer, set_timer

GATEWAY = "razorpay"
ID_LENGTH = 14  # letters and digits after the prefix


@dataclass(slots=True)
class Call:
    """The open transaction and the circumstances of the call. `now_s` is the sandbox's clock in whole seconds."""

    transaction: Transaction
    now: float
    rules: AccountRules
    nudge: Callable[[], None]
    key_secret: str
    params: Params = field(default_factory=lambda: Params({}))
    request_id: str = ""
    idempotency_key: str = ""

    @property
    def now_s(self) -> int:
        """The time in whole seconds."""
        return int(self.now)

    @property
    def objects(self) -> Objects:
        """Razorpay's objects in this transaction."""
        return Objects(self.transaction, GATEWAY)

    def load(self, kind: str, object_id: str) -> Stored:
        """The object; raises RazorpayError where there is none."""
        stored = self.objects.get(kind=kind, object_id=object_id)
        if stored is None:
            raise no_such_id()
        return stored

    def find(self, kind: str, object_id: str | None) -> Stored | None:
        """The object, or None."""
        return None if object_id is None else self.objects.get(kind=kind, object_id=object_id)

    def save(self, *stored: Stored) -> None:
        """Writes the objects as they are now."""
        for each in stored:
            self.objects.save(each)

    def set_timer(self, kind: str, object_id: str, *, due_at: float) -> None:
        """Sets or moves a timer of this object."""
        set_timer(self.transaction, timer=Timer(GATEWAY, kind, object_id, due_at))
        self.transaction.after_commit(self.nudge)

    def clear_timer(self, kind: str, object_id: str) -> None:
        """Takes a timer back."""
        clear_timer(self.transaction, gateway=GATEWAY, kind=kind, object_id=object_id)

    def moved(self, effect: str, *, amount: int, payment: Stored, object_id: str) -> None:
        """Writes a movement of money down, to be asked for by payment, order and the order's notes."""
        order = self.find("order", payment.body["order_id"])
        notes = order.body["notes"] if order is not None and isinstance(order.body["notes"], dict) else {}
        names = [payment.id, *([order.id] if order is not None else []), *names_of_metadata(notes)]
        record(
            self.transaction,
            effect=Effect(
                at=self.now,
                gateway=GATEWAY,
                effect=effect,
                amount_minor=amount,
                currency=payment.body["currency"].lower(),
                object_id=object_id,
                subjects=tuple(names),
                request_id=self.request_id,
                idempotency_key=self.idempotency_key,
            ),
        )
