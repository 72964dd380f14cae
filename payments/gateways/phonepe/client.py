"""One PhonePe account's own client: timeouts, no repetition, a token that is renewed when it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.calls.wire import READ_TIMEOUT_S, Authorization, NoAnswer, NotSent, Reply, Wire
from payments.gateways.phonepe.tokens import Token, Tokens

# Production has two bases, the test environment one for both. Source: phonepe-pg-sdk-python 3.0.0, env.py.
LIVE_BASE: Final = "/apis/pg"
LIVE_OAUTH: Final = "/apis/identity-manager"


@dataclass(frozen=True, slots=True)
class Login:
    """The merchant's credentials."""

    client_id: str
    client_secret: str = field(repr=False)
    client_version: str


class PhonePeConnection:
    """Speaks to one account. Threads have sessions of their own, and all processes one token."""

    def __init__(
        self,
        *,
        login: Login,
        api_base: str,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.api_base = api_base.rstrip("/")
        self.livemode = is_live(self.api_base)
        self.tokens = Tokens(scope=(self.api_base, login.client_id, login.client_secret), fetch=self._fetch_token)
        self._login = login
        self._wire = Wire(read_timeout_s=read_timeout_s)

    @property
    def read_timeout_s(self) -> float:
        """How long an answer is waited for."""
        return self._wire.read_timeout_s

    @read_timeout_s.setter
    def read_timeout_s(self, seconds: float) -> None:
        self._wire.read_timeout_s = seconds

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request, and once more with a new token where the first was refused: that was not executed.

        Raises NotSent, NoAnswer, and InvalidLogin where our credentials are refused.
        """
        url = f"{self.api_base}{path}"
        token = self.tokens.current()
        reply = self._wire.request(method, url, auth=Authorization(f"O-Bearer {token}"), json=json, params=query)
        if reply.status == 401:
            token = self.tokens.current(refused=token)
            reply = self._wire.request(method, url, auth=Authorization(f"O-Bearer {token}"), json=json, params=query)
        return reply

    def _fetch_token(self) -> Token:
        """A new token. Raises InvalidLogin, and NotSent for everything else: no other request was made yet."""
        form = {
            "client_id": self._login.client_id,
            "client_version": self._login.client_version,
            "client_secret": self._login.client_secret,
            "grant_type": "client_credentials",
        }
        try:
            reply = self._wire.request("POST", f"{oauth_base(self.api_base)}/v1/oauth/token", data=form)
        except NoAnswer as error:
            raise NotSent("no token") from error
        if reply.status in (400, 401, 403):
            raise InvalidLogin(f"PhonePe refuses our credentials (HTTP {reply.status})")
        token = Token.of(reply.body, received_at=reply.at.timestamp()) if reply.is_good else None
        if token is None:
            raise NotSent(f"no token (HTTP {reply.status})")
        return token


class InvalidLogin(Exception):
    """PhonePe refuses our credentials; a person must act."""


def is_live(api_base: str) -> bool:
    """Production and the test environment differ by their path alone."""
    return api_base.endswith(LIVE_BASE)


def oauth_base(api_base: str) -> str:
    """Where tokens are given out."""
    return api_base.removesuffix(LIVE_BASE) + LIVE_OAUTH if is_live(api_base) else api_base
