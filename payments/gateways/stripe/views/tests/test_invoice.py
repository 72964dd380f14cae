"""The payments behind an invoice, wherever its shape names them."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe.views.invoice import intents_of_invoice


def invoice(*intents: str | None, **over: Any) -> dict[str, Any]:
    paid = [{"object": "invoice_payment", "payment": {"payment_intent": each}} for each in intents]
    return {"id": "in_1", "object": "invoice", "payments": {"object": "list", "data": paid}} | over


class TestIntentsOfInvoice:
    def test_the_old_shape_names_one_itself(self) -> None:
        old = {"id": "in_1", "object": "invoice", "payment_intent": "pi_1"}
        assert intents_of_invoice(old) == ("pi_1",)

    def test_in_the_new_one_its_payments_do(self) -> None:
        assert intents_of_invoice(invoice("pi_1", "pi_2")) == ("pi_1", "pi_2")

    def test_each_is_named_once(self) -> None:
        assert intents_of_invoice(invoice("pi_2", "pi_1", payment_intent="pi_1")) == ("pi_1", "pi_2")

    def test_one_that_was_paid_by_nothing_names_none(self) -> None:
        assert intents_of_invoice(invoice(None)) == ()
        assert intents_of_invoice({"id": "in_1", "object": "invoice"}) == ()

    def test_at_most_ten_are_looked_at(self) -> None:
        assert len(intents_of_invoice(invoice(*(f"pi_{number}" for number in range(12))))) == 10

    @pytest.mark.parametrize("obj", [None, {"object": "charge"}, invoice(payments="x"), invoice(payment_intent=7)])
    def test_what_cannot_be_read_is_said_so(self, obj: object) -> None:
        with pytest.raises(UnreadableObject):
            intents_of_invoice(obj)
