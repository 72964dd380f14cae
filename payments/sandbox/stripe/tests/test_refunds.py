"""Refunds over the API."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control


@pytest.fixture
def paid(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": 2_000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "capture_method": "automatic",
            "metadata": {"order": "ord_9"},
        }
    )


class TestCreate:
    def test_gives_back_the_rest_by_default(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, paid: stripe.PaymentIntent
    ) -> None:
        part = client.v1.refunds.create({"payment_intent": paid.id, "amount": 500, "reason": "requested_by_customer"})
        rest = client.v1.refunds.create({"charge": str(paid.latest_charge), "metadata": {"refund": "rf_2"}})
        assert (part.amount, part.status, part.reason) == (500, "succeeded", "requested_by_customer")
        assert (rest.amount, rest.payment_intent, rest.charge) == (1_500, paid.id, paid.latest_charge)
        charge = client.v1.charges.retrieve(str(paid.latest_charge))
        assert (charge.amount_refunded, charge.refunded) == (2_000, True)
        assert control.moved("order=ord_9", "refunded") == (2, 2_000)
        told = [each.json["data"] for each in receiver.wait_for(2, type="charge.refunded")]
        told.sort(key=lambda data: data["object"]["amount_refunded"])
        assert told[0]["previous_attributes"] == {"amount_refunded": 0}
        assert told[1]["previous_attributes"] == {"amount_refunded": 500, "refunded": False}
        assert len(receiver.wait_for(2, type="refund.created")) == 2

    def test_two_equal_parts_are_two_refunds(
        self, client: stripe.StripeClient, control: Control, paid: stripe.PaymentIntent
    ) -> None:
        first = client.v1.refunds.create({"payment_intent": paid.id, "amount": 700})
        second = client.v1.refunds.create({"payment_intent": paid.id, "amount": 700})
        assert first.id != second.id
        assert control.moved(paid.id, "refunded") == (2, 1_400)

    def test_more_than_is_left_is_refused(
        self, raw: Raw, control: Control, client: stripe.StripeClient, paid: stripe.PaymentIntent
    ) -> None:
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 1_501})
        answer = raw("POST", "/v1/refunds", {"payment_intent": paid.id, "amount": "500"})
        assert answer.status == 400
        assert answer.error["param"] == "amount"
        assert "code" not in answer.error
        assert answer.error["message"] == ("Refund amount ($5.00) is greater than unrefunded amount on charge ($4.99)")
        assert control.moved(paid.id, "refunded") == (1, 1_501)

    def test_nothing_left_is_already_refunded(
        self, client: stripe.StripeClient, control: Control, paid: stripe.PaymentIntent
    ) -> None:
        client.v1.refunds.create({"payment_intent": paid.id})
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.refunds.create({"payment_intent": paid.id})
        assert refusal.value.code == "charge_already_refunded"
        assert control.moved(paid.id, "refunded") == (1, 2_000)

    def test_a_payment_without_money_has_nothing_to_refund(self, client: stripe.StripeClient, control: Control) -> None:
        open_one = client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create({"payment_intent": open_one.id})
        waiting = client.v1.payment_intents.create(
            {"amount": 100, "currency": "usd", "payment_method": "pm_usBankAccount", "confirm": True}
        )
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.refunds.create({"payment_intent": waiting.id})
        assert refusal.value.code == "charge_not_refundable"
        assert control.get("objects", kind="refund")["objects"] == []

    @pytest.mark.parametrize(
        ("fields", "status", "code"),
        [
            ({}, 400, "parameter_missing"),
            ({"charge": "ch_none"}, 400, "resource_missing"),
            ({"payment_intent": "pi_none"}, 400, "resource_missing"),
            ({"charge": "ch_none", "amount": "0"}, 400, "parameter_invalid_integer"),
            ({"charge": "ch_none", "colour": "red"}, 400, "parameter_unknown"),
        ],
    )
    def test_refuses_what_stripe_refuses(self, raw: Raw, fields: dict[str, str], status: int, code: str) -> None:
        answer = raw("POST", "/v1/refunds", fields)
        assert (answer.status, answer.error["code"]) == (status, code)


class TestUpdate:
    def test_changes_metadata_and_tells_it_under_both_names(
        self, client: stripe.StripeClient, receiver: Receiver, paid: stripe.PaymentIntent
    ) -> None:
        refund = client.v1.refunds.create({"payment_intent": paid.id, "metadata": {"a": "1"}})
        changed = client.v1.refunds.update(refund.id, {"metadata": {"b": "2"}})
        assert changed.metadata is not None
        assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
        for name in ("refund.updated", "charge.refund.updated"):
            told = receiver.wait_for(1, type=name)[0].json
            assert told["data"]["previous_attributes"] == {"metadata": {"a": "1"}}


class TestList:
    def test_filters_by_payment_and_by_charge(self, client: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
        other = client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
        mine = client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})
        theirs = client.v1.refunds.create({"payment_intent": other.id})
        assert [each.id for each in client.v1.refunds.list({"payment_intent": paid.id}).data] == [mine.id]
        assert [each.id for each in client.v1.refunds.list({"charge": str(other.latest_charge)}).data] == [theirs.id]
        assert [each.id for each in client.v1.refunds.list().data] == [theirs.id, mine.id]
