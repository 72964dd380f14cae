"""OAuth: client credentials for a token that ends."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from payments.sandbox.phonepe.call import Call
from payments.sandbox.phonepe.config import PhonePeConfig
from payments.sandbox.phonepe.errors import bad_request, unauthorized

KIND = "token"


def issue(call: Call, config: PhonePeConfig) -> dict[str, Any]:
    """A new token for the configured merchant; older ones stay good until their end."""
    given = call.params
    if given.get("grant_type") != "client_credentials" or not given.get("client_version"):
        raise bad_request()
    known = bool(config.client_id and config.client_secret)
    right = _same(given.get("client_id", ""), config.client_id) and _same(
        given.get("client_secret", ""), config.client_secret
    )
    if not (known and right):
        raise unauthorized()
    token = secrets.token_urlsafe(48)
    issued_at, life_s = int(call.now), int(call.rules.token_life_s)
    call.add(KIND, token, body={"expires_at": call.now + call.rules.token_life_s}, hidden={})
    return {
        "access_token": token,
        "encrypted_access_token": "encrypted",
        "refresh_token": "refresh",
        "expires_in": life_s,
        "issued_at": issued_at,
        "expires_at": issued_at + life_s,
        "session_expires_at": issued_at + life_s,
        "token_type": "O-Bearer",
    }


def check(call: Call, header: str) -> None:
    """Raises 401 for a token that was never given out, or is over."""
    scheme, _, token = header.partition(" ")
    stored = call.find(KIND, token) if scheme == "O-Bearer" else None
    if stored is None or stored.body["expires_at"] <= call.now:
        raise unauthorized()


def revoke_all(call: Call) -> int:
    """No token is good any more; returns how many there were."""
    found = call.objects.all(kind=KIND)
    for each in found:
        call.objects.remove(each)
    return len(found)


def _same(given: object, known: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), known.encode())
