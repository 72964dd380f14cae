"""One call: what a handler works with, whoever asked: the API, the hosted page, a timer or the control endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

from payments.sandbox.calls import OpenCall
from payments.sandbox.effects import names_of_metadata
from payments.sandbox.objects import Stored
from payments.sandbox.stripe.errors import resource_missing
from payments.sandbox.stripe.params import Params
from payments.sandbox.stripe.rules import AccountRules

GATEWAY = "stripe"
API_VERSION = "2026-10-28.endive"

# What Stripe calls the kinds in its messages, where that is not the kind itself.
_SPOKEN = {
    "balance_transaction": "balance transaction",
    "connected_balance_transaction": "balance transaction",
    "connected_event": "event",
}


@dataclass(slots=True)
class Call(OpenCall):
    """A call of Stripe's. `request_id` and `idempotency_key` travel into the events that it causes."""

    gateway = GATEWAY

    rules: AccountRules = field(kw_only=True)
    params: Params = field(default_factory=lambda: Params({}))
    base_url: str = ""
    publishable: bool = False
    account: str = ""  # the connected account that is acted for; empty: the platform itself

    def load(self, kind: str, object_id: str, *, param: str = "id", in_path: bool = True) -> Stored:
        """The object; raises resource_missing: 404 for one of the path, 400 for one that a parameter names."""
        stored = self.objects.get(kind=kind, object_id=object_id)
        if stored is None:
            raise resource_missing(kind=_SPOKEN.get(kind, kind), object_id=object_id, param=param, in_path=in_path)
        return stored

    def moved(self, effect: str, *, amount: int, charge: Stored, object_id: str, also: tuple[str, ...] = ()) -> None:
        """Writes down that money moved."""
        payment = charge.body["payment_intent"]
        session = charge.hidden.get("session")
        names = [charge.id, *(each for each in (payment, session) if each), *also]
        self.note_money(
            effect,
            amount=amount,
            currency=charge.body["currency"],
            object_id=object_id,
            subjects=(*names, *names_of_metadata(charge.body["metadata"])),
        )
