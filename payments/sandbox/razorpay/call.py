"""One call: what a handler works with, whoever asked: the API, a timer or the control endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

from payments.sandbox.calls import OpenCall
from payments.sandbox.effects import names_of_metadata
from payments.sandbox.objects import Stored
from payments.sandbox.razorpay.errors import no_such_id
from payments.sandbox.razorpay.params import Params
from payments.sandbox.razorpay.rules import AccountRules

GATEWAY = "razorpay"
ID_LENGTH = 14  # letters and digits after the prefix


@dataclass(slots=True)
class Call(OpenCall):
    """A call of Razorpay's."""

    gateway = GATEWAY

    rules: AccountRules = field(kw_only=True)
    key_secret: str = field(kw_only=True)
    account_number: str = ""  # that RazorpayX debits
    params: Params = field(default_factory=lambda: Params({}))

    def load(self, kind: str, object_id: str) -> Stored:
        """The object; raises RazorpayError where there is none."""
        stored = self.objects.get(kind=kind, object_id=object_id)
        if stored is None:
            raise no_such_id()
        return stored

    def moved(self, effect: str, *, amount: int, payment: Stored, object_id: str) -> None:
        """Writes a movement of money down, to be asked for by payment, order and the order's notes."""
        order = self.find("order", payment.body["order_id"])
        notes = order.body["notes"] if order is not None and isinstance(order.body["notes"], dict) else {}
        names = [payment.id, *([order.id] if order is not None else []), *names_of_metadata(notes)]
        currency = payment.body["currency"].lower()
        self.note_money(effect, amount=amount, currency=currency, object_id=object_id, subjects=tuple(names))
