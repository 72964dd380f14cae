"""Turns a credential into the person or program that holds it."""

from __future__ import annotations

from datetime import datetime

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config.accounts import api_keys, tokens
from config.accounts.credentials import Credential, CredentialKind, Unauthenticated, extract
from config.accounts.models import ApiKey, User
from config.kernel.clock import now


def who_is(*, credential: Credential, at: datetime) -> tuple[User, ApiKey | None] | None:
    """The user behind `credential`, with the API key that spoke for them, or None when nothing was shown.

    Raises Unauthenticated: a wrong credential is an error, never a stranger.
    """
    if credential.kind is CredentialKind.BEARER:
        return tokens.user_of_access(raw=credential.secret), None
    if credential.kind is CredentialKind.API_KEY:
        key = api_keys.verify(presented=credential.secret, at=at)
        return key.user, key
    return None


class CredentialAuthentication(BaseAuthentication):
    """JWT and API keys for the API. The operators' session is not accepted here."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey | None] | None:
        try:
            return who_is(credential=extract(headers=request.headers, cookies=request.COOKIES), at=now())
        except Unauthenticated as refused:
            # REST framework's own type, because that one makes it say how to authenticate.
            raise AuthenticationFailed(refused.detail, code=refused.code) from refused

    def authenticate_header(self, request: Request) -> str:
        del request
        return 'Bearer realm="api"'
