"""The widespread signature of webhooks: `t=…,v1=…`, HMAC-SHA256 over instant and exact bytes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from config.inbox.contract import Rejected

TOLERANCE_S = 300


def signer(*, header: str, body: bytes, secrets: Iterable[tuple[str, str]], at: datetime) -> str:
    """Whose secret signed `{t}.{body}` within five minutes of `at`: the first of (account, secret). Every secret is
    tried, whatever matched before.

    Raises Rejected: no_signature, stale_timestamp, bad_signature.
    """
    parts = [part.strip().split("=", 1) for part in header.split(",") if "=" in part]
    stamps = [value for name, value in parts if name == "t"]
    signatures = [value.encode() for name, value in parts if name == "v1"]
    if len(stamps) != 1 or not signatures or not stamps[0].isascii() or not stamps[0].isdecimal():
        raise Rejected("no_signature")
    if len(stamps[0]) > 12 or abs(int(stamps[0]) - at.timestamp()) > TOLERANCE_S:
        raise Rejected("stale_timestamp")
    signed = stamps[0].encode() + b"." + body
    matched = ""
    for account, secret in secrets:
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
        if any(hmac.compare_digest(expected, signature) for signature in signatures) and not matched:
            matched = account
    if not matched:
        raise Rejected("bad_signature")
    return matched
