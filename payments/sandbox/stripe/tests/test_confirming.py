"""What the test payment methods do."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.control_client import ControlFailed
from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control


def _open(client: stripe.StripeClient, **more: object) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create({"amount": 2_000, "currency": "usd", **more})  # type: ignore[typeddict-item]


class TestSuccess:
    def test_tells_charge_and_payment(self, client: stripe.StripeClient, receiver: Receiver, control: Control) -> None:
        intent = _open(client)
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        control.settle_deliveries()
        assert sorted(receiver.types()) == ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]
        told = receiver.wait_for(1, type="payment_intent.succeeded")[0].json
        assert told["data"]["object"]["id"] == intent.id
        assert told["data"]["object"]["amount_received"] == 2_000
        assert told["api_version"] == "2026-10-28.endive"

    def test_the_event_carries_the_key_and_request_of_the_caller(
        self, client: stripe.StripeClient, receiver: Receiver
    ) -> None:
        intent = _open(client)
        client.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa"}, {"idempotency_key": "call_confirm_1"}
        )
        told = receiver.wait_for(1, type="payment_intent.succeeded")[0].json
        assert told["request"]["idempotency_key"] == "call_confirm_1"
        assert told["request"]["id"].startswith("req_")

    def test_a_second_confirmation_is_refused_and_charges_nothing(
        self, client: stripe.StripeClient, control: Control
    ) -> None:
        intent = _open(client)
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert refusal.value.code == "payment_intent_unexpected_state"
        assert control.moved(intent.id, "captured") == (1, 2_000)


class TestDecline:
    @pytest.mark.parametrize(
        ("method", "code", "decline_code"),
        [
            ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
            ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
            ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
            ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
            ("pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
            ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
            ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ],
    )
    def test_is_a_402_that_leaves_the_payment_open(
        self, client: stripe.StripeClient, control: Control, method: str, code: str, decline_code: str | None
    ) -> None:
        intent = _open(client)
        with pytest.raises(stripe.CardError) as refusal:
            client.v1.payment_intents.confirm(intent.id, {"payment_method": method})
        assert refusal.value.http_status == 402
        assert refusal.value.code == code
        assert refusal.value.error is not None
        assert getattr(refusal.value.error, "decline_code", None) == decline_code
        assert refusal.value.error.payment_intent is not None
        assert refusal.value.error.payment_intent.id == intent.id
        now = client.v1.payment_intents.retrieve(intent.id)
        assert now.status == "requires_payment_method"
        assert now.last_payment_error is not None
        assert now.last_payment_error.code == code
        charge = client.v1.charges.retrieve(str(now.latest_charge))
        assert (charge.status, charge.paid, charge.captured) == ("failed", False, False)
        assert charge.failure_code == code
        assert control.effects()["count"] == 0

    def test_tells_the_failed_charge_and_payment(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        intent = _open(client)
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
        control.settle_deliveries()
        assert sorted(receiver.types()) == ["charge.failed", "payment_intent.created", "payment_intent.payment_failed"]

    def test_another_method_may_follow(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _open(client)
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
        paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert paid.status == "succeeded"
        assert paid.last_payment_error is None
        attempts = client.v1.charges.list({"payment_intent": intent.id})
        assert [each.status for each in attempts.data] == ["succeeded", "failed"]
        assert control.moved(intent.id, "captured") == (1, 2_000)

    def test_creating_with_confirm_leaves_the_payment_behind_the_402(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.CardError) as refusal:
            _open(client, payment_method="pm_card_chargeDeclined", confirm=True)
        assert refusal.value.error is not None
        assert refusal.value.error.payment_intent is not None
        left = client.v1.payment_intents.retrieve(refusal.value.error.payment_intent.id)
        assert left.status == "requires_payment_method"


class TestAuthentication:
    @pytest.mark.parametrize("method", ["pm_card_threeDSecureRequired", "pm_card_authenticationRequired"])
    def test_asks_the_customer_and_then_succeeds(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, method: str
    ) -> None:
        intent = _open(client)
        asked = client.v1.payment_intents.confirm(
            intent.id, {"payment_method": method, "return_url": "https://shop.test/back"}
        )
        assert asked.status == "requires_action"
        assert asked.next_action is not None
        assert asked.next_action.type == "redirect_to_url"
        assert asked.next_action.redirect_to_url is not None
        assert f"/stripe/pay/{intent.id}" in str(asked.next_action.redirect_to_url.url)
        assert control.effects()["count"] == 0
        done = control.stripe(f"payment_intents/{intent.id}/authenticate", succeeds=True)
        assert done["object"]["status"] == "succeeded"
        assert done["object"]["next_action"] is None
        assert control.moved(intent.id, "captured") == (1, 2_000)
        assert receiver.wait_for(1, type="payment_intent.requires_action")
        told = receiver.wait_for(1, type="payment_intent.succeeded")[0].json
        assert told["request"] == {"id": None, "idempotency_key": None}

    def test_without_a_return_url_the_sdk_is_asked(self, client: stripe.StripeClient) -> None:
        intent = _open(client, payment_method="pm_card_threeDSecureRequired", confirm=True)
        assert intent.next_action is not None
        assert intent.next_action.type == "use_stripe_sdk"

    def test_a_failed_authentication_reopens_without_a_charge(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        intent = _open(client, payment_method="pm_card_threeDSecureRequired", confirm=True)
        control.stripe(f"payment_intents/{intent.id}/authenticate", succeeds=False)
        now = client.v1.payment_intents.retrieve(intent.id)
        assert now.status == "requires_payment_method"
        assert now.last_payment_error is not None
        assert now.last_payment_error.code == "payment_intent_authentication_failure"
        assert now.latest_charge is None
        assert receiver.wait_for(1, type="payment_intent.payment_failed")
        assert control.effects()["count"] == 0

    @pytest.mark.parametrize("fields", [{"off_session": "true"}, {"error_on_requires_action": "true"}])
    def test_where_nobody_can_be_asked_it_is_a_decline(
        self, raw: Raw, control: Control, fields: dict[str, str]
    ) -> None:
        answer = raw(
            "POST",
            "/v1/payment_intents",
            {
                "amount": "2000",
                "currency": "usd",
                "confirm": "true",
                "payment_method": "pm_card_authenticationRequired",
                **fields,
            },
        )
        assert answer.status == 402
        assert answer.error["code"] == "authentication_required"
        assert answer.error["payment_intent"]["status"] == "requires_payment_method"
        assert control.effects()["count"] == 0


class TestBankDebit:
    def test_processes_until_the_bank_pays(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        intent = _open(client, payment_method="pm_usBankAccount", confirm=True)
        assert intent.status == "processing"
        charge = client.v1.charges.retrieve(str(intent.latest_charge))
        assert charge.id.startswith("py_")
        assert (charge.status, charge.paid) == ("pending", False)
        assert control.effects()["count"] == 0
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.cancel(intent.id)
        control.stripe(f"payment_intents/{intent.id}/finish", succeeds=True)
        assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
        assert control.moved(intent.id, "captured") == (1, 2_000)
        control.settle_deliveries()
        assert sorted(receiver.types()) == [
            "charge.pending",
            "charge.succeeded",
            "payment_intent.created",
            "payment_intent.processing",
            "payment_intent.succeeded",
        ]

    def test_reopens_when_the_bank_returns_it(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _open(client, payment_method="pm_usBankAccount", confirm=True)
        control.stripe(f"payment_intents/{intent.id}/finish", succeeds=False)
        now = client.v1.payment_intents.retrieve(intent.id)
        assert now.status == "requires_payment_method"
        assert client.v1.charges.retrieve(str(now.latest_charge)).status == "failed"
        assert control.effects()["count"] == 0

    def test_the_bank_answers_once(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _open(client, payment_method="pm_usBankAccount", confirm=True)
        control.stripe(f"payment_intents/{intent.id}/finish", succeeds=True)
        again = control.stripe(f"payment_intents/{intent.id}/finish", succeeds=True)
        assert again["error"]["code"] == "payment_intent_unexpected_state"
        assert control.moved(intent.id, "captured") == (1, 2_000)


class TestMethodTypes:
    def test_a_type_that_is_not_allowed_is_refused(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _open(client, allowed_payment_method_types=["card"])
        assert intent.automatic_payment_methods is None
        assert intent.payment_method_types == ["card"]
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_usBankAccount"})
        assert refusal.value.code == "payment_intent_incompatible_payment_method"
        assert control.effects()["count"] == 0

    def test_an_excluded_type_is_refused(self, client: stripe.StripeClient) -> None:
        intent = _open(client, excluded_payment_method_types=["card"])
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


class TestCustomerByControl:
    def test_confirms_as_the_customer_would(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _open(client)
        done = control.stripe(f"payment_intents/{intent.id}/confirm", payment_method="pm_card_visa")
        assert done["object"]["status"] == "succeeded"
        assert done["error"] is None

    def test_a_decline_is_told_and_kept(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _open(client)
        done = control.stripe(f"payment_intents/{intent.id}/confirm", payment_method="pm_card_chargeDeclined")
        assert done["error"]["decline_code"] == "generic_decline"
        assert done["object"]["last_payment_error"]["code"] == "card_declined"
        assert client.v1.payment_intents.retrieve(intent.id).last_payment_error is not None

    def test_an_unknown_method_changes_nothing(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _open(client)
        with pytest.raises(ControlFailed):
            control.stripe(f"payment_intents/{intent.id}/confirm", payment_method="pm_card_none")
        assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"
