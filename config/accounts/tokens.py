"""JSON web tokens: issued, rotated once each, revoked."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from config.accounts.credentials import Unauthenticated
from config.accounts.models import User
from config.kernel.clock import from_epoch

# A short digest of the password's hash: a changed password ends every token that was issued before.
_CREDENTIAL_CLAIM = "pwd"
_CLAIM_LENGTH = 16


class BadToken(Unauthenticated):
    """The token is invalid, expired, already used or revoked."""

    code = "token_not_valid"


@dataclass(frozen=True)
class TokenPair:
    """What a client gets at login. Never shown in a repr."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


def issue(*, user: User) -> TokenPair:
    """A fresh pair for `user`.

    The outstanding refresh token is recorded by its id alone: simplejwt would store the token itself, and whoever
    reads the table or a backup could use it.
    """
    refresh = RefreshToken()
    refresh["sub"] = user.public_id
    refresh[_CREDENTIAL_CLAIM] = _credential_claim(user)
    OutstandingToken.objects.create(
        user=user, jti=refresh["jti"], token="", created_at=refresh.current_time, expires_at=_expiry(refresh)
    )
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def rotate(*, raw: str) -> TokenPair:
    """A new pair for a refresh token, which is used up by it.

    Of two requests with the same token one wins: the blacklist's unique row decides, not the check before it.
    Raises BadToken.
    """
    refresh = _decode(RefreshToken, raw)
    with transaction.atomic():
        user = _user_of(refresh)
        _use_up(refresh)
        return issue(user=user)


def revoke(*, raw: str) -> None:
    """Ends a refresh token. Raises BadToken when it is not valid, or was ended before."""
    with transaction.atomic():
        _use_up(_decode(RefreshToken, raw))


def user_of_access(*, raw: str) -> User:
    """The active user of an access token. Raises BadToken."""
    return _user_of(_decode(AccessToken, raw))


def purge_outstanding(*, at: datetime, batch: int = 1000) -> int:
    """Forgets refresh tokens that expired before `at`, oldest first, `batch` at a time. Returns how many."""
    purged = 0
    while True:
        expired = OutstandingToken.objects.filter(expires_at__lt=at).order_by("id")
        ids = list(expired.values_list("id", flat=True)[:batch])
        OutstandingToken.objects.filter(id__in=ids).delete()
        purged += len(ids)
        if len(ids) < batch:
            return purged


def _decode(kind: type[Token], raw: str) -> Any:
    try:
        return kind(raw)  # type: ignore[arg-type]
    except TokenError as error:
        raise BadToken from error


def _user_of(token: Token) -> User:
    user = User.objects.filter(public_id=token.get("sub") or "").first()
    if user is None or not user.is_active:
        raise BadToken
    if not hmac.compare_digest(str(token.get(_CREDENTIAL_CLAIM)).encode(), _credential_claim(user).encode()):
        raise BadToken
    return user


def _use_up(refresh: RefreshToken) -> None:
    outstanding, _ = OutstandingToken.objects.get_or_create(
        jti=refresh["jti"],
        defaults={"token": "", "created_at": refresh.current_time, "expires_at": _expiry(refresh)},
    )
    _, is_first = BlacklistedToken.objects.get_or_create(token=outstanding)
    if not is_first:
        raise BadToken


def _expiry(token: Token) -> datetime:
    return from_epoch(int(token["exp"]))


def _credential_claim(user: User) -> str:
    return user.get_session_auth_hash()[:_CLAIM_LENGTH]
