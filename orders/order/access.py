"""The tokens with which a guest follows one order: derived, never stored, expiring, revocable."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from config.kernel.verdict import Verdict
from orders.order.models import Order

# Names the purpose, so that the key derived from SECRET_KEY is of no use for anything else signed with it.
SALT = "orders.order.access"
RETURN_SALT = "orders.order.return"
# How long after the end of the reservation the buyer may still come back from the gateway's page. By then the letter
# with the lasting link is there.
RETURN_LIFE = timedelta(hours=1)
_RETURN = re.compile(r"r1\.([0-9]{1,12})\.[A-Za-z0-9_-]{43}")


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


def return_token(order: Order) -> str:
    """What the address carries to which the gateway sends the buyer back: it only shows this order, and not for long,
    because the gateway keeps that address. The same each time, so that the same request can be sent again."""
    return _return_token(order, int((order.reserved_until + RETURN_LIFE).timestamp()), settings.SECRET_KEY)


def check_return(*, order: Order, token: str, at: datetime) -> Verdict:
    """Whether `token` shows `order` at `at` to somebody who comes back from the gateway's page."""
    match = _RETURN.fullmatch(token)
    until = int(match[1]) if match else 0
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not match or not any(constant_time_compare(token, _return_token(order, until, each)) for each in secrets):
        return Verdict.no("access_denied", "the token is not this order's")
    if at >= datetime.fromtimestamp(until, UTC):
        return Verdict.no("access_expired", "the link has expired")
    return Verdict.yes()


def _return_token(order: Order, until: int, secret: str | bytes) -> str:
    return f"r1.{until}.{_sign(RETURN_SALT, f'{order.public_id}:{order.access_version}:{until}', secret)}"


def _derive(order: Order, secret: str | bytes) -> str:
    return _sign(SALT, f"{order.public_id}:{order.access_version}", secret)


def _sign(salt: str, value: str, secret: str | bytes) -> str:
    digest = salted_hmac(salt, value, secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
