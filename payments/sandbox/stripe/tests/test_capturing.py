"""Manual capture: authorised, then captured, cancelled or expired."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control, ControlFailed

WEEK_S = 7 * 24 * 60 * 60


@pytest.fixture
def authorised(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": 2_000,
            "currency": "usd",
            "capture_method": "manual",
            "payment_method": "pm_card_visa",
            "confirm": True,
        }
    )


class TestAuthorise:
    def test_holds_money_without_taking_it(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, authorised: stripe.PaymentIntent
    ) -> None:
        assert authorised.status == "requires_capture"
        assert (authorised.amount_capturable, authorised.amount_received) == (2_000, 0)
        charge = client.v1.charges.retrieve(str(authorised.latest_charge))
        assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, False)
        assert charge.balance_transaction is None
        assert control.moved(authorised.id, "authorized") == (1, 2_000)
        assert control.moved(authorised.id, "captured") == (0, 0)
        control.settle_deliveries()
        assert sorted(receiver.types()) == [
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "payment_intent.created",
        ]


class TestCapture:
    def test_takes_all_by_default(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, authorised: stripe.PaymentIntent
    ) -> None:
        paid = client.v1.payment_intents.capture(authorised.id)
        assert (paid.status, paid.amount_received, paid.amount_capturable) == ("succeeded", 2_000, 0)
        assert control.moved(authorised.id, "captured") == (1, 2_000)
        captured = receiver.wait_for(1, type="charge.captured")[0].json
        assert captured["data"]["previous_attributes"] == {
            "amount_captured": 0,
            "balance_transaction": None,
            "captured": False,
        }
        assert captured["data"]["object"]["balance_transaction"].startswith("txn_")
        assert receiver.wait_for(1, type="payment_intent.succeeded")

    def test_a_part_gives_the_rest_back_without_moving_our_money(
        self, client: stripe.StripeClient, control: Control, authorised: stripe.PaymentIntent
    ) -> None:
        paid = client.v1.payment_intents.capture(authorised.id, {"amount_to_capture": 1_500})
        assert (paid.status, paid.amount_received) == ("succeeded", 1_500)
        charge = client.v1.charges.retrieve(str(paid.latest_charge))
        assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (2_000, 1_500, 500)
        assert charge.refunded is False
        released = client.v1.refunds.list({"charge": charge.id}).data
        assert [(each.amount, each.status, each.balance_transaction) for each in released] == [(500, "succeeded", None)]
        assert control.moved(authorised.id, "captured") == (1, 1_500)
        assert control.moved(authorised.id, "released") == (1, 500)
        assert control.moved(authorised.id, "refunded") == (0, 0)

    def test_after_a_part_only_that_part_can_be_refunded(
        self, client: stripe.StripeClient, authorised: stripe.PaymentIntent
    ) -> None:
        client.v1.payment_intents.capture(authorised.id, {"amount_to_capture": 1_500})
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create({"payment_intent": authorised.id, "amount": 1_501})
        assert client.v1.refunds.create({"payment_intent": authorised.id}).amount == 1_500
        assert client.v1.charges.retrieve(str(authorised.latest_charge)).refunded is True

    def test_refuses_more_than_was_authorised(
        self, client: stripe.StripeClient, control: Control, authorised: stripe.PaymentIntent
    ) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.capture(authorised.id, {"amount_to_capture": 2_001})
        assert refusal.value.code == "amount_too_large"
        assert control.moved(authorised.id, "captured") == (0, 0)
        assert client.v1.payment_intents.retrieve(authorised.id).status == "requires_capture"

    def test_refuses_a_second_capture(
        self, client: stripe.StripeClient, control: Control, authorised: stripe.PaymentIntent
    ) -> None:
        client.v1.payment_intents.capture(authorised.id)
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.capture(authorised.id)
        assert refusal.value.code == "payment_intent_unexpected_state"
        assert control.moved(authorised.id, "captured") == (1, 2_000)


class TestCancel:
    def test_releases_the_authorisation_as_a_refund_of_nothing(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, authorised: stripe.PaymentIntent
    ) -> None:
        client.v1.payment_intents.cancel(authorised.id)
        charge = client.v1.charges.retrieve(str(authorised.latest_charge))
        assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, True, 2_000)
        assert control.moved(authorised.id, "released") == (1, 2_000)
        assert control.moved(authorised.id, "refunded") == (0, 0)
        assert client.v1.balance_transactions.list().data == []
        told = receiver.wait_for(1, type="charge.refunded")[0].json["data"]
        assert told["object"]["captured"] is False
        assert receiver.wait_for(1, type="payment_intent.canceled")

    def test_a_captured_payment_stays(self, client: stripe.StripeClient, authorised: stripe.PaymentIntent) -> None:
        client.v1.payment_intents.capture(authorised.id)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.cancel(authorised.id)
        assert client.v1.payment_intents.retrieve(authorised.id).status == "succeeded"


class TestExpire:
    def test_the_authorisation_ends_by_itself_after_seven_days(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, authorised: stripe.PaymentIntent
    ) -> None:
        control.shift_clock(WEEK_S - 60)
        assert client.v1.payment_intents.retrieve(authorised.id).status == "requires_capture"
        control.shift_clock(61)
        ended = client.v1.payment_intents.retrieve(authorised.id)
        assert (ended.status, ended.cancellation_reason) == ("canceled", "automatic")
        assert receiver.wait_for(1, type="charge.expired")
        assert receiver.wait_for(1, type="payment_intent.canceled")
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.capture(authorised.id)

    def test_a_captured_payment_does_not_end(
        self, client: stripe.StripeClient, control: Control, authorised: stripe.PaymentIntent
    ) -> None:
        client.v1.payment_intents.capture(authorised.id)
        control.shift_clock(WEEK_S + 60)
        assert client.v1.payment_intents.retrieve(authorised.id).status == "succeeded"
        with pytest.raises(ControlFailed):
            control.stripe(f"payment_intents/{authorised.id}/expire")
