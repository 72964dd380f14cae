"""Test payment methods as objects."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.stripe.trial_methods import METHODS, method_named


class TestTrialMethods:
    def test_unknown_names_are_refused(self) -> None:
        with pytest.raises(StripeError) as refusal:
            method_named("pm_card_ofNobody")
        assert refusal.value.status == 400

    @pytest.mark.parametrize("name", sorted(METHODS))
    def test_each_does_what_its_name_says(self, client: stripe.StripeClient, name: str) -> None:
        intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd", "payment_method": name})
        try:
            status = client.v1.payment_intents.confirm(intent.id).status
        except stripe.CardError:
            status = "declined"
        expected = "succeeded"
        if "Declined" in name or name == "pm_card_chargeCustomerFail":
            expected = "declined"
        elif "Required" in name:
            expected = "requires_action"
        elif not name.startswith("pm_card_"):
            expected = "processing"
        assert status == expected


class TestRetrieve:
    def test_a_test_name_becomes_a_method(self, client: stripe.StripeClient) -> None:
        found = client.v1.payment_methods.retrieve("pm_card_visa")
        assert found.id.startswith("pm_")
        assert found.id != "pm_card_visa"
        assert client.v1.payment_methods.retrieve(found.id).id == found.id

    def test_one_that_was_used_keeps_its_behaviour(self, client: stripe.StripeClient) -> None:
        found = client.v1.payment_methods.retrieve("pm_card_chargeDeclined")
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(
                {"amount": 500, "currency": "usd", "payment_method": found.id, "confirm": True}
            )
