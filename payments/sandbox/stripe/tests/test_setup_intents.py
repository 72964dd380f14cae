"""Saving a way of paying over the API."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control


@pytest.fixture
def customer(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({"metadata": {"customer": "gcus_1"}}).id


def begun(client: stripe.StripeClient, customer: str) -> stripe.SetupIntent:
    return client.v1.setup_intents.create({"customer": customer, "metadata": {"setup": "set_1"}})


class TestCreate:
    def test_waits_for_the_customer(self, client: stripe.StripeClient, customer: str, receiver: Receiver) -> None:
        made = begun(client, customer)
        assert (made.status, made.usage, made.customer) == ("requires_payment_method", "off_session", customer)
        assert str(made.client_secret).startswith(f"{made.id}_secret_")
        assert client.v1.setup_intents.retrieve(made.id).to_dict()["metadata"] == {"setup": "set_1"}
        assert [each.id for each in client.v1.setup_intents.list({"customer": customer}).data] == [made.id]
        receiver.wait_for(1, type="setup_intent.created")

    def test_of_nobody_known_is_refused(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            begun(client, "cus_nobody")
        assert refusal.value.code == "resource_missing"

    def test_and_confirm_saves_at_once(self, client: stripe.StripeClient, customer: str, receiver: Receiver) -> None:
        made = client.v1.setup_intents.create({"customer": customer, "payment_method": "pm_card_visa", "confirm": True})
        assert made.status == "succeeded"
        saved = client.v1.payment_methods.retrieve(str(made.payment_method))
        assert saved.customer == customer
        receiver.wait_for(1, type="payment_method.attached")
        receiver.wait_for(1, type="setup_intent.succeeded")


class TestConfirm:
    def test_a_refused_card_leaves_it_open_for_another(self, client: stripe.StripeClient, customer: str) -> None:
        made = begun(client, customer)
        with pytest.raises(stripe.CardError) as refusal:
            client.v1.setup_intents.confirm(made.id, {"payment_method": "pm_card_chargeDeclinedLostCard"})
        assert refusal.value.code == "card_declined"
        after = client.v1.setup_intents.retrieve(made.id)
        assert (after.status, after.payment_method) == ("requires_payment_method", None)
        assert client.v1.setup_intents.confirm(made.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
        with pytest.raises(stripe.InvalidRequestError) as late:
            client.v1.setup_intents.confirm(made.id)
        assert late.value.code == "setup_intent_unexpected_state"

    def test_without_a_method_is_refused(self, client: stripe.StripeClient, customer: str) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.setup_intents.confirm(begun(client, customer).id)

    @pytest.mark.parametrize("succeeds", [True, False])
    def test_a_bank_may_ask_the_customer(
        self, client: stripe.StripeClient, control: Control, customer: str, succeeds: bool
    ) -> None:
        made = begun(client, customer)
        asked = control.stripe(f"setup_intents/{made.id}/confirm", payment_method="pm_card_threeDSecureRequired")
        assert asked["object"]["status"] == "requires_action"
        after = control.stripe(f"setup_intents/{made.id}/authenticate", succeeds=succeeds)["object"]
        assert after["status"] == ("succeeded" if succeeds else "requires_payment_method")
        attached = client.v1.customers.payment_methods.list(customer).data
        assert len(attached) == int(succeeds)

    def test_with_a_publishable_key_needs_the_secret(self, client: stripe.StripeClient, customer: str) -> None:
        made = begun(client, customer)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.setup_intents.retrieve(made.id, {"client_secret": "wrong"})
        assert client.v1.setup_intents.retrieve(made.id, {"client_secret": str(made.client_secret)}).id == made.id


class TestCancel:
    def test_ends_it(self, client: stripe.StripeClient, customer: str, receiver: Receiver) -> None:
        made = begun(client, customer)
        assert client.v1.setup_intents.cancel(made.id).status == "canceled"
        receiver.wait_for(1, type="setup_intent.canceled")
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.setup_intents.cancel(made.id)
