"""Webhook endpoints, secrets and signatures."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import Control, Received, Receiver, receiving_webhooks


def _verify(received: Received, secret: str, tolerance: int = 300) -> stripe.Event:
    event: stripe.Event = stripe.Webhook.construct_event(
        received.body, received.headers["Stripe-Signature"], secret, tolerance
    )
    return event


@pytest.fixture
def intent(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create({"amount": 100, "currency": "usd"})


class TestSignature:
    def test_the_sdk_accepts_it(self, receiver: Receiver, intent: stripe.PaymentIntent, secret: str) -> None:
        received = receiver.wait_for(1)[0]
        event = _verify(received, secret)
        assert event.data.object["id"] == intent.id
        assert received.headers["Content-Type"] == "application/json; charset=utf-8"

    def test_an_altered_byte_or_another_secret_is_refused(
        self, receiver: Receiver, intent: stripe.PaymentIntent, secret: str
    ) -> None:
        received = receiver.wait_for(1)[0]
        with pytest.raises(stripe.SignatureVerificationError):
            _verify(received, secret + "x")
        received.body = received.body.replace(b"100", b"900", 1)
        with pytest.raises(stripe.SignatureVerificationError):
            _verify(received, secret)

    def test_only_the_exact_bytes_are_signed(
        self, receiver: Receiver, intent: stripe.PaymentIntent, secret: str
    ) -> None:
        # Whoever parses and writes the JSON again before verifying is found out.
        assert b'{\n  "id": "evt_' in receiver.wait_for(1)[0].body


class TestRotation:
    def test_the_first_of_two_secrets_signs(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        control.stripe("webhook", secrets=["whsec_new", "whsec_old"])
        client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        received = receiver.wait_for(1)[0]
        assert received.headers["Stripe-Signature"].count("v1=") == 1
        _verify(received, "whsec_new")
        with pytest.raises(stripe.SignatureVerificationError):
            _verify(received, "whsec_old")

    def test_both_sign_when_asked(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        control.stripe("webhook", secrets=["whsec_new", "whsec_old"], sign_with_all=True)
        client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        received = receiver.wait_for(1)[0]
        assert received.headers["Stripe-Signature"].count("v1=") == 2
        _verify(received, "whsec_new")
        _verify(received, "whsec_old")

    def test_without_a_secret_nothing_is_sent(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        control.stripe("webhook", secrets=[])
        client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        assert client.v1.events.list().data[0].pending_webhooks == 0
        control.settle_deliveries()
        assert receiver.received == []


class TestWrongSignatures:
    def test_bad_and_stale_ones_can_be_ordered(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, secret: str
    ) -> None:
        for kind in ("webhook_bad_signature", "webhook_stale_signature"):
            control.fault(kind)
            client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        control.settle_deliveries()
        received = receiver.wait_for(2)
        for each in received:
            with pytest.raises(stripe.SignatureVerificationError):
                _verify(each, secret)
        accepted = 0
        for each in received:
            try:
                _verify(each, secret, tolerance=10_000)
            except stripe.SignatureVerificationError:
                continue
            accepted += 1
        assert accepted == 1


class TestSigningClock:
    def test_is_the_wall_by_default_and_the_sandbox_s_on_demand(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, secret: str
    ) -> None:
        control.shift_clock(-10_000)
        client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        _verify(receiver.wait_for(1)[0], secret)
        control.post("clock", signatures="sandbox")
        client.v1.payment_intents.create({"amount": 101, "currency": "usd"})
        with pytest.raises(stripe.SignatureVerificationError):
            _verify(receiver.wait_for(2)[1], secret)


class TestEndpointObjects:
    def test_get_what_they_asked_for_signed_with_their_own_secret(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, secret: str
    ) -> None:
        with receiving_webhooks() as other:
            made = client.v1.webhook_endpoints.create(
                {"url": other.url, "enabled_events": ["payment_intent.canceled"], "api_version": "2026-10-28.endive"}
            )
            assert str(made.secret).startswith("whsec_")
            intent = client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
            client.v1.payment_intents.cancel(intent.id)
            control.settle_deliveries()
            assert other.types() == ["payment_intent.canceled"]
            assert _verify(other.received[0], str(made.secret)).type == "payment_intent.canceled"
            with pytest.raises(stripe.SignatureVerificationError):
                _verify(other.received[0], secret)
            assert sorted(receiver.types()) == ["payment_intent.canceled", "payment_intent.created"]
            event = client.v1.events.list({"type": "payment_intent.canceled"}).data[0]
            assert event.pending_webhooks == 0

    def test_the_secret_is_shown_once(self, client: stripe.StripeClient) -> None:
        made = client.v1.webhook_endpoints.create({"url": "http://shop.test/", "enabled_events": ["*"]})
        assert made.secret is not None
        assert "secret" not in client.v1.webhook_endpoints.retrieve(made.id)
        assert ["secret" in each for each in client.v1.webhook_endpoints.list().data] == [False]

    def test_a_deleted_one_gets_nothing(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        with receiving_webhooks() as other:
            made = client.v1.webhook_endpoints.create({"url": other.url, "enabled_events": ["*"]})
            assert client.v1.webhook_endpoints.delete(made.id).deleted is True
            client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
            control.settle_deliveries()
            assert other.received == []
            assert len(receiver.received) == 1

    @pytest.mark.parametrize(
        "fields", [{"url": "shop.test", "enabled_events[0]": "*"}, {"url": "http://shop.test/"}, {}]
    )
    def test_refuses_what_cannot_work(self, raw: Raw, fields: dict[str, str]) -> None:
        assert raw("POST", "/v1/webhook_endpoints", fields).status == 400
        assert raw("GET", "/v1/webhook_endpoints").json["data"] == []
