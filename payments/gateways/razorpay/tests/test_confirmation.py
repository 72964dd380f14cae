"""Checkout's signature, against an example that is reckoned here by hand."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from payments.gateways.razorpay.confirmation import is_genuine

SECRET = "a secret"
SIGNATURE = hmac.new(b"a secret", b"order_One|pay_One", hashlib.sha256).hexdigest()
PROOF = {"razorpay_payment_id": "pay_One", "razorpay_order_id": "order_One", "razorpay_signature": SIGNATURE}


class TestIsGenuine:
    def test_what_was_signed_for_this_order(self) -> None:
        assert is_genuine(key_secret=SECRET, order_id="order_One", proof=PROOF)
        bare = {name: value for name, value in PROOF.items() if name != "razorpay_order_id"}
        assert is_genuine(key_secret=SECRET, order_id="order_One", proof=bare)

    @pytest.mark.parametrize(
        ("secret", "order_id", "changes"),
        [
            ("another", "order_One", {}),
            ("", "order_One", {}),
            (SECRET, "order_Two", {}),
            (SECRET, "", {}),
            (SECRET, "order_One", {"razorpay_payment_id": "pay_Two"}),
            (SECRET, "order_One", {"razorpay_payment_id": ""}),
            (SECRET, "order_One", {"razorpay_order_id": "order_Two"}),
            (SECRET, "order_One", {"razorpay_signature": ""}),
            (SECRET, "order_One", {"razorpay_signature": SIGNATURE.upper()}),
            (SECRET, "order_One", {"razorpay_signature": "ünsigned"}),
        ],
    )
    def test_and_nothing_else(self, secret: str, order_id: str, changes: dict[str, str]) -> None:
        assert not is_genuine(key_secret=secret, order_id=order_id, proof={**PROOF, **changes})

    def test_the_order_is_ours_and_never_the_one_that_the_client_names(self) -> None:
        """A genuine proof of a cheap order of the same account."""
        assert not is_genuine(key_secret=SECRET, order_id="order_Dear", proof=PROOF)
