"""Deliveries as Stripe sends them, well signed or not, through the door over the real client."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from django.conf import settings
from django.test import Client

PATH = "/webhooks/stripe/"


def newer() -> str:
    return str(settings.GATEWAY_ACCOUNTS["stripe"].webhook_secrets[0])


def older() -> str:
    return str(settings.GATEWAY_ACCOUNTS["stripe"].webhook_secrets[1])


def event(**changes: Any) -> dict[str, Any]:
    """An event of a type that we do not handle."""
    return {
        "id": "evt_1", "object": "event", "type": "customer.created", "created": int(time.time()), "livemode": False,
        "api_version": "2025-10-29", "data": {"object": {"id": "cus_1", "object": "customer"}}, **changes,
    }  # fmt: skip


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in event().items() if key != name}


def signature(body: bytes, *, secret: str | None = None, stamp: int | None = None) -> str:
    """`t=…,v1=…` over `t.body`."""
    seconds = int(time.time()) if stamp is None else stamp
    key = newer() if secret is None else secret
    digest = hmac.new(key.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def post(body: bytes | dict[str, Any], *, header: str | None = None, address: str = "192.0.2.7", **headers: str) -> Any:
    """Sends it from `address`; signed with the newer secret unless `header` says otherwise."""
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    given = {"Stripe-Signature": signature(content) if header is None else header, **headers}
    return Client(REMOTE_ADDR=address).post(PATH, content, content_type="application/json", headers=given)
