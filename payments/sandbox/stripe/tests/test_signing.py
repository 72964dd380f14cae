"""The signature alone."""

from __future__ import annotations

import time

import pytest
import stripe

from payments.sandbox.stripe.signing import signature_header

BODY = b'{"id": "evt_1", "object": "event"}'


class TestSignatureHeader:
    def test_is_what_the_sdk_makes_of_the_same(self) -> None:
        now = int(time.time())
        mine = signature_header(body=BODY, secrets=("whsec_a",), signed_at_s=now)
        assert stripe.WebhookSignature.verify_header(BODY.decode(), mine, "whsec_a", 300)
        assert mine.startswith(f"t={now},v1=")

    def test_has_one_part_for_each_secret(self) -> None:
        header = signature_header(body=BODY, secrets=("whsec_a", "whsec_b"), signed_at_s=int(time.time()))
        for secret in ("whsec_a", "whsec_b"):
            assert stripe.WebhookSignature.verify_header(BODY.decode(), header, secret, 300)

    @pytest.mark.parametrize("manner", ["bad", "stale"])
    def test_can_be_wrong_on_purpose(self, manner: str) -> None:
        header = signature_header(body=BODY, secrets=("whsec_a",), signed_at_s=int(time.time()), manner=manner)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(BODY.decode(), header, "whsec_a", 300)
