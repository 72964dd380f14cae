"""What Checkout hands to the shop's page when the customer has paid, and whether it is genuine. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping


def is_genuine(*, key_secret: str, order_id: str, proof: Mapping[str, str]) -> bool:
    """Whether Razorpay signed that this order was paid: hex HMAC-SHA256 with the API secret over `order_id|payment_id`.

    The order is ours, never the one that the client names. (Webhooks have another secret.)
    Source: razorpay.com/docs/payments/payment-gateway/web-integration/standard, "Verify payment signature".
    """
    payment_id, signature = proof.get("razorpay_payment_id", ""), proof.get("razorpay_signature", "")
    if proof.get("razorpay_order_id", order_id) != order_id:
        return False
    if not order_id or not payment_id or not signature or not key_secret:
        return False
    expected = hmac.new(key_secret.encode(), f"{order_id}|{payment_id}".encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
