"""Customers over the API."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.receiver import Receiver


class TestCustomers:
    def test_are_created_found_and_changed(self, client: stripe.StripeClient, receiver: Receiver) -> None:
        made = client.v1.customers.create(
            {"email": "ada@example.com", "metadata": {"user": "1"}, "address": {"city": "London"}}
        )
        assert made.id.startswith("cus_")
        assert made.address is not None
        assert (made.address.city, made.address.country) == ("London", None)
        client.v1.customers.update(made.id, {"name": "Ada", "email": "ada@example.org"})
        assert client.v1.customers.retrieve(made.id).name == "Ada"
        told = receiver.wait_for(1, type="customer.updated")[0].json["data"]
        assert told["previous_attributes"] == {"email": "ada@example.com", "name": None}
        assert [each.id for each in client.v1.customers.list({"email": "ada@example.org"}).data] == [made.id]
        assert client.v1.customers.list({"email": "ada@example.com"}).data == []

    def test_a_deleted_one_is_shown_as_deleted_and_not_listed(
        self, client: stripe.StripeClient, receiver: Receiver
    ) -> None:
        made = client.v1.customers.create({"email": "ada@example.com"})
        assert client.v1.customers.delete(made.id).deleted is True
        assert client.v1.customers.retrieve(made.id).deleted is True
        assert client.v1.customers.list().data == []
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.customers.delete(made.id)
        assert refusal.value.http_status == 404
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": made.id})
        told = receiver.wait_for(1, type="customer.deleted")[0].json["data"]["object"]
        assert told["email"] == "ada@example.com"
