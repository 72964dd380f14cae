"""Stripe's webhook signature: `Stripe-Signature: t=<epoch>,v1=<hex>[,v1=<hex>…]`."""

from __future__ import annotations

import hashlib
import hmac

# A receiver tolerates 300 seconds (default of the SDKs); this is beyond it.
STALE_S = 1_000


def signature_header(*, body: bytes, secrets: tuple[str, ...], signed_at_s: int, manner: str = "") -> str:
    """One `v1` for each secret: HMAC-SHA256 with the whole secret over `t`, a dot and the body.

    `manner` is empty, `bad` (right in form, made with another secret) or `stale` (right, but too old).
    """
    if manner == "stale":
        signed_at_s -= STALE_S
    parts = [f"t={signed_at_s}"]
    for secret in secrets:
        key = f"not-{secret}" if manner == "bad" else secret
        digest = hmac.new(key.encode(), f"{signed_at_s}.".encode() + body, hashlib.sha256).hexdigest()
        parts.append(f"v1={digest}")
    return ",".join(parts)
