"""Methods that a customer has saved: attached, renewed, charged with nobody present, and forgotten."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control


@pytest.fixture
def customer(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({}).id


def saved(client: stripe.StripeClient, control: Control, customer: str, name: str = "pm_card_visa") -> str:
    setup = client.v1.setup_intents.create({"customer": customer})
    control.stripe(f"setup_intents/{setup.id}/confirm", payment_method=name)
    if client.v1.setup_intents.retrieve(setup.id).status == "requires_action":
        control.stripe(f"setup_intents/{setup.id}/authenticate")
    return str(client.v1.setup_intents.retrieve(setup.id).payment_method)


def charge(client: stripe.StripeClient, customer: str, method: str) -> stripe.PaymentIntent:
    made = client.v1.payment_intents.create(
        {"amount": 700, "currency": "usd", "customer": customer, "payment_method": method}
    )
    assert made.status == "requires_confirmation"
    return client.v1.payment_intents.confirm(made.id, {"off_session": True, "payment_method": method})


class TestAttach:
    def test_and_detach_for_good(self, client: stripe.StripeClient, customer: str, receiver: Receiver) -> None:
        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
        assert method.customer == customer
        assert [each.id for each in client.v1.payment_methods.list({"customer": customer}).data] == [method.id]
        assert client.v1.payment_methods.detach(method.id).customer is None
        assert client.v1.payment_methods.list({"customer": customer}).data == []
        receiver.wait_for(1, type="payment_method.detached")
        for again in (
            lambda: client.v1.payment_methods.detach(method.id),
            lambda: client.v1.payment_methods.attach(method.id, {"customer": customer}),
            lambda: charge(client, customer, method.id),
        ):
            with pytest.raises(stripe.InvalidRequestError):
                again()

    def test_anothers_method_is_not_charged(self, client: stripe.StripeClient, customer: str) -> None:
        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
        another = client.v1.customers.create({}).id
        with pytest.raises(stripe.InvalidRequestError):
            charge(client, another, method)

    def test_to_nobody_is_refused(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_methods.attach("pm_card_visa", {"customer": "cus_nobody"})


class TestWithNobodyPresent:
    def test_a_saved_card_is_charged(self, client: stripe.StripeClient, control: Control, customer: str) -> None:
        assert charge(client, customer, saved(client, control, customer)).status == "succeeded"

    def test_one_that_asked_when_it_was_saved_asks_no_more(
        self, client: stripe.StripeClient, control: Control, customer: str
    ) -> None:
        method = saved(client, control, customer, "pm_card_authenticationRequiredOnSetup")
        assert charge(client, customer, method).status == "succeeded"

    def test_one_that_always_asks_is_declined_and_its_payment_stays(
        self, client: stripe.StripeClient, control: Control, customer: str
    ) -> None:
        method = saved(client, control, customer, "pm_card_authenticationRequired")
        with pytest.raises(stripe.CardError) as refusal:
            charge(client, customer, method)
        assert (refusal.value.http_status, refusal.value.code) == (402, "authentication_required")
        error: Any = refusal.value.error
        left = client.v1.payment_intents.retrieve(error.payment_intent.id)
        assert left.status == "requires_payment_method"
        control.stripe(f"payment_intents/{left.id}/confirm", payment_method=method)
        control.stripe(f"payment_intents/{left.id}/authenticate")
        assert client.v1.payment_intents.retrieve(left.id).status == "succeeded"

    def test_a_card_may_be_saved_and_refused_later(
        self, client: stripe.StripeClient, control: Control, customer: str
    ) -> None:
        method = saved(client, control, customer, "pm_card_chargeCustomerFail")
        with pytest.raises(stripe.CardError):
            charge(client, customer, method)
        control.stripe(f"payment_methods/{method}/behave", behave_as="pm_card_visa")
        assert charge(client, customer, method).status == "succeeded"


class TestChanges:
    def test_a_new_card_of_the_bank_is_told(
        self, client: stripe.StripeClient, control: Control, customer: str, receiver: Receiver
    ) -> None:
        method = saved(client, control, customer)
        control.stripe(f"payment_methods/{method}/renew", exp_month=2, exp_year=2041, last4="1881")
        told = receiver.wait_for(1, type="payment_method.automatically_updated")[0].json["data"]
        assert told["previous_attributes"] == {"card": {"exp_month": 12, "exp_year": 2034, "last4": "4242"}}
        assert told["object"]["card"]["last4"] == "1881"

    def test_an_expiry_is_changed(self, client: stripe.StripeClient, customer: str, receiver: Receiver) -> None:
        loose = client.v1.payment_methods.retrieve("pm_card_visa").id
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_methods.update(loose, {"card": {"exp_year": 2040}})
        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
        after: Any = client.v1.payment_methods.update(method, {"card": {"exp_month": 3, "exp_year": 2040}})
        assert (after.card.exp_month, after.card.exp_year) == (3, 2040)
        receiver.wait_for(1, type="payment_method.updated")

    def test_a_deleted_customer_has_no_methods_left(
        self, client: stripe.StripeClient, control: Control, customer: str, receiver: Receiver
    ) -> None:
        method = saved(client, control, customer)
        control.stripe(f"customers/{customer}/delete")
        assert client.v1.payment_methods.retrieve(method).customer is None
        receiver.wait_for(1, type="customer.deleted")
