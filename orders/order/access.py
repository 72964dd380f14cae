"""The token with which a guest follows one order: derived, never stored, expiring, revocable."""

from __future__ import annotations

import base64
from datetime import datetime

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from config.kernel.verdict import Verdict
from orders.order.models import Order

# Names the purpose, so that the key derived from SECRET_KEY is of no use for anything else signed with it.
SALT = "orders.order.access"


def access_token(order: Order) -> str:
    """43 URL-safe characters (256 bits) that open this order alone.

    The same each time until the order's `access_version` is raised, so that an idempotent replay gives it again.
    """
    return _derive(order, settings.SECRET_KEY)


def check_access(*, order: Order, token: str, at: datetime) -> Verdict:
    """Whether `token` opens `order` at `at`. A token made before SECRET_KEY was rotated counts while the old key
    stands in SECRET_KEY_FALLBACKS."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(token, _derive(order, secret)) for secret in secrets):
        return Verdict.no("access_denied", "the token is not this order's")
    if at >= order.access_expires_at:
        return Verdict.no("access_expired", "the link has expired")
    return Verdict.yes()


def _derive(order: Order, secret: str | bytes) -> str:
    value = f"{order.public_id}:{order.access_version}"
    digest = salted_hmac(SALT, value, secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
