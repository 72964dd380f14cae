"""API keys of programs: made once, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from config.accounts.credentials import Unauthenticated
from config.accounts.models import ApiKey, User
from config.accounts.roles import CODES, may
from config.audit.services import record
from config.kernel.errors import Invalid

MAX_DAYS = 366
# `last_used_at` tells whether a key is in use at all; more than one write a minute would only make dead rows.
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_NO_DIGEST = bytes(32)


class BadApiKey(Unauthenticated):
    """The API key is not valid."""

    code = "api_key_not_valid"


class ApiKeyExpired(BadApiKey):
    """The API key has expired."""

    code = "api_key_expired"


class ApiKeyRevoked(BadApiKey):
    """The API key was revoked."""

    code = "api_key_revoked"


class BadScope(Invalid):
    """A scope must be a code that the key's owner may use."""

    code = "scope_not_allowed"


class BadLifetime(Invalid):
    """An API key lives from 1 to 366 days."""

    code = "lifetime_not_allowed"


def create(
    *, user: User, name: str, scopes: Collection[str], days: int, actor: str, at: datetime
) -> tuple[ApiKey, str]:
    """Makes a key for `user` and returns it with what the program must send, which nobody can show again.

    Raises BadScope for a code that `user` does not have themselves, and BadLifetime.
    """
    beyond = sorted(code for code in scopes if code not in CODES or not may(user, code))
    if beyond or not scopes:
        raise BadScope(f"not theirs to give: {', '.join(beyond)}" if beyond else "a key needs a scope", field="scopes")
    if not 1 <= days <= MAX_DAYS:
        raise BadLifetime(field="days")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=user,
            name=name,
            secret_sha256=_digest(secret),
            scopes=sorted(set(scopes)),
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
        record(key, act="created", actor=actor, at=at, facts={"user": user.public_id, "scopes": key.scopes})
    return key, f"{key.public_id}.{secret}"


def revoke(*, key: ApiKey, actor: str, reason: str, at: datetime) -> bool:
    """Ends a key at once. Returns False when it was revoked before."""
    with transaction.atomic():
        if not ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at):
            return False
        record(key, act="revoked", actor=actor, at=at, reason=reason)
    return True


def verify(*, presented: str, at: datetime) -> ApiKey:
    """The key that `presented` is, with its user.

    Says that a key is expired or revoked only to who holds its secret. Raises BadApiKey or one of its kinds.
    """
    public_id, _, secret = presented.partition(".")
    key = ApiKey.objects.select_related("user").filter(public_id=public_id).first()
    is_right = hmac.compare_digest(_digest(secret), bytes(key.secret_sha256) if key else _NO_DIGEST)
    if key is None or not is_right or not key.user.is_active:
        raise BadApiKey
    if key.revoked_at is not None:
        raise ApiKeyRevoked
    if key.expires_at <= at:
        raise ApiKeyExpired
    _note_use(key, at)
    return key


def _note_use(key: ApiKey, at: datetime) -> None:
    stale = at - _USE_IS_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at <= stale:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=stale)
        ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=at)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
