"""Extracts the caller's credential from the headers of a request or of a WebSocket handshake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from config.kernel.errors import Refused


class Unauthenticated(Refused):
    """The credential that came with the request is not valid."""

    code = "authentication_failed"
    http_status = 401


class BadCredential(Unauthenticated):
    """The Authorization header is neither `Bearer` nor `Api-Key`, or is malformed."""


class CredentialKind(StrEnum):
    NONE = "none"
    BEARER = "bearer"
    API_KEY = "api_key"


@dataclass(frozen=True)
class Credential:
    """What a caller showed; nothing is verified yet. Secrets never show in a repr."""

    kind: CredentialKind
    secret: str = field(default="", repr=False)
    order_token: str = field(default="", repr=False)
    session: str = field(default="", repr=False)


NOTHING = Credential(kind=CredentialKind.NONE)
_KINDS = {"bearer": CredentialKind.BEARER, "api-key": CredentialKind.API_KEY}
_MAX_LENGTH = 4096
# token68 of RFC 7235 section 2.1, which both JWTs and our keys keep to.
_AUTHORIZATION = re.compile(r"([A-Za-z][A-Za-z-]*) +([A-Za-z0-9._~+/-]+=*)")
_ORDER_TOKEN = re.compile(r"[A-Za-z0-9._~-]{16,200}")


def extract(*, headers: Mapping[str, str], cookies: Mapping[str, str], session_cookie: str = "") -> Credential:
    """The credential in `headers` and `cookies`, as plain values.

    Never from the URL, which ends in logs and referrers. Header names may be in any case. The session is handed on
    only where the caller names its cookie. Raises BadCredential for a scheme that we do not have or a value that
    cannot be one: who shows a broken credential must not be served as a stranger.
    """
    guest = order_token(headers)
    session = cookies.get(session_cookie, "") if session_cookie else ""
    given = _header(headers, "authorization")
    if not given:
        return Credential(kind=CredentialKind.NONE, order_token=guest, session=session)
    match = _AUTHORIZATION.fullmatch(given) if len(given) <= _MAX_LENGTH else None
    kind = _KINDS.get(match[1].lower()) if match else None
    if match is None or kind is None:
        raise BadCredential
    return Credential(kind=kind, secret=match[2], order_token=guest, session=session)


def order_token(headers: Mapping[str, str]) -> str:
    """An order's access token from `X-Order-Token`, or nothing. A value that cannot be one is nothing."""
    given = _header(headers, "x-order-token")
    return given if _ORDER_TOKEN.fullmatch(given) else ""


def _header(headers: Mapping[str, str], name: str) -> str:
    """Django's headers find a name in any case, a handshake's are lower case; a plain mapping may be in neither."""
    value = headers.get(name)
    if value is None:
        value = next((given for key, given in headers.items() if key.lower() == name), "")
    return value.strip()
