"""One call: what a handler works with, whoever asked: the API, the hosted page, a timer or the control endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from payments.sandbox.effects import Effect, names_of_metadata, record
from payments.sandbox.objects import Objects, Stored
from payments.sandbox.store import Transaction
from payments.sandbox.stripe.errors import resource_missing
from payments.sandbox.stripe.params import Params
from payments.sandbox.stripe.rules import AccountRules
from payments.sandbox.timers import Timer, clear_timer, set_timer

GATEWAY = "stripe"
API_VERSION = "2026-10-28.endive"

# What Stripe calls the kinds in its messages, where that is not the kind itself.
_SPOKEN = {"balance_transaction": "balance transaction", "checkout.session": "checkout.session"}


@dataclass(slots=True)
class Call:
    """The open transaction and the circumstances of the call. `now_s` is the sandbox's clock in whole seconds.

    `request_id` and `idempotency_key` travel into the events that the call causes; both are empty where nobody called
    the API.
    """

    transaction: Transaction
    now: float
    rules: AccountRules
    nudge: Callable[[], None]
    params: Params = field(default_factory=lambda: Params({}))
    request_id: str = ""
    idempotency_key: str = ""
    base_url: str = ""
    publishable: bool = False

    @property
    def now_s(self) -> int:
        """The time in whole seconds."""
        return int(self.now)

    @property
    def objects(self) -> Objects:
        """Stripe's objects in this transaction."""
        return Objects(self.transaction, GATEWAY)

    def load(self, kind: str, object_id: str, *, param: str = "id", in_path: bool = True) -> Stored:
        """The object; raises resource_missing: 404 for one of the path, 400 for one that a parameter names."""
        stored = self.objects.get(kind=kind, object_id=object_id)
        if stored is None:
            raise resource_missing(kind=_SPOKEN.get(kind, kind), object_id=object_id, param=param, in_path=in_path)
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
        """Takes a timer of this object off the list."""
        clear_timer(self.transaction, gateway=GATEWAY, kind=kind, object_id=object_id)

    def moved(self, effect: str, *, amount: int, charge: Stored, object_id: str, also: tuple[str, ...] = ()) -> None:
        """Writes down that money moved."""
        payment = charge.body["payment_intent"]
        session = charge.hidden.get("session")
        names = [charge.id, *(each for each in (payment, session) if each), *also]
        record(
            self.transaction,
            effect=Effect(
                at=self.now,
                gateway=GATEWAY,
                effect=effect,
                amount_minor=amount,
                currency=charge.body["currency"],
                object_id=object_id,
                subjects=(*names, *names_of_metadata(charge.body["metadata"])),
                request_id=self.request_id,
                idempotency_key=self.idempotency_key,
            ),
        )
