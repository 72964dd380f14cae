"""Expansion of ids into objects."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.conftest import Raw


@pytest.fixture
def paid(client: stripe.StripeClient) -> stripe.PaymentIntent:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    return client.v1.payment_intents.create(
        {
            "amount": 2_000,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "capture_method": "automatic",
        }
    )


class TestExpand:
    def test_goes_as_deep_as_asked(self, client: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
        found = client.v1.payment_intents.retrieve(
            paid.id, {"expand": ["latest_charge.balance_transaction", "customer", "payment_method"]}
        )
        assert isinstance(found.latest_charge, stripe.Charge)
        assert isinstance(found.latest_charge.balance_transaction, stripe.BalanceTransaction)
        assert found.latest_charge.balance_transaction.net == 2_000 - 88
        assert isinstance(found.customer, stripe.Customer)
        assert isinstance(found.payment_method, stripe.PaymentMethod)
        assert found.payment_method.card is not None
        assert found.payment_method.card.last4 == "4242"

    def test_leaves_the_stored_object_alone(self, client: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
        client.v1.payment_intents.update(paid.id, {"description": "x", "expand": ["latest_charge"]})
        assert isinstance(client.v1.payment_intents.retrieve(paid.id).latest_charge, str)

    def test_works_in_lists(self, client: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
        found = client.v1.charges.list({"expand": ["data.payment_intent", "data.balance_transaction.source"]}).data
        assert isinstance(found[0].payment_intent, stripe.PaymentIntent)
        assert isinstance(found[0].balance_transaction, stripe.BalanceTransaction)
        assert isinstance(found[0].balance_transaction.source, stripe.Charge)

    def test_includes_the_refunds_of_a_charge(self, client: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
        refund = client.v1.refunds.create({"payment_intent": paid.id, "amount": 100})
        plain = client.v1.charges.retrieve(str(paid.latest_charge))
        assert "refunds" not in plain
        found = client.v1.charges.retrieve(str(paid.latest_charge), {"expand": ["refunds"]})
        assert found.refunds is not None
        assert [each.id for each in found.refunds.data] == [refund.id]

    def test_of_nothing_is_nothing(self, client: stripe.StripeClient) -> None:
        intent = client.v1.payment_intents.create({"amount": 100, "currency": "usd", "expand": ["latest_charge"]})
        assert intent.latest_charge is None

    @pytest.mark.parametrize("path", ["amount", "status", "nothing", "latest_charge.colour", "a.b.c.d.e.f"])
    def test_refuses_what_is_no_object(self, raw: Raw, paid: stripe.PaymentIntent, path: str) -> None:
        answer = raw("GET", f"/v1/payment_intents/{paid.id}", {"expand[0]": path})
        assert (answer.status, answer.error["param"]) == (400, "expand")
