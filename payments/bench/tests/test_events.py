"""Deliveries of the bench: what the real door would believe."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from payments.bench.events import API_VERSION, delivery, signature, succeeded
from payments.webhooks.stripe import verify

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
AT_S = int(AT.timestamp())
BODY = succeeded(
    number=42, payment_id="pay_1", intent_id="pi_3Bench42", amount_minor=1_999, currency="USD", at_s=AT_S
)  # fmt: skip


class TestSucceeded:
    def test_is_an_event_that_the_door_believes(self) -> None:
        signed = signature(body=BODY, secret=settings.GATEWAY_ACCOUNTS["stripe"].webhook_secrets[0], at_s=AT_S)
        verified = verify(headers={"Stripe-Signature": signed}, body=BODY, at=AT)
        assert (verified.account, verified.type) == ("stripe", "payment_intent.succeeded")
        assert (verified.event_id, verified.object_id) == (f"evt_3Bench{42:020}", "pi_3Bench42")
        assert (verified.occurred_at, verified.api_version, verified.livemode) == (AT, API_VERSION, False)


class TestDelivery:
    def test_carries_the_body_as_it_was_signed(self) -> None:
        head, _, body = delivery(path="/webhooks/stripe/", body=BODY, secret="whsec_x", at_s=AT_S).partition(
            b"\r\n\r\n"
        )
        assert body == BODY
        assert head.startswith(b"POST /webhooks/stripe/ HTTP/1.1\r\n")
        assert f"Stripe-Signature: {signature(body=BODY, secret='whsec_x', at_s=AT_S)}".encode() in head.split(b"\r\n")
