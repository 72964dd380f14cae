"""One PhonePe account's own client: timeouts, no repetition, a token that is renewed when it is refused."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import requests

from config.calls.network import certainly_not_sent
from config.kernel import clock
from payments.gateways.phonepe.tokens import Token, Tokens

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 20.0
# Production has two bases, the test environment one for both. Source: phonepe-pg-sdk-python 3.0.0, env.py.
LIVE_BASE: Final = "/apis/pg"
LIVE_OAUTH: Final = "/apis/identity-manager"


class NotSent(Exception):
    """The request did not leave: nothing was executed."""


class NoAnswer(Exception):
    """The request may have been executed, and there is no answer to it."""


@dataclass(frozen=True, slots=True)
class Login:
    """The merchant's credentials."""

    client_id: str
    client_secret: str = field(repr=False)
    client_version: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `body` is empty where it is no JSON object; then `is_object` is False."""

    status: int
    body: Mapping[str, Any]
    is_object: bool
    at: datetime

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300 and self.is_object


class _Authorization(requests.auth.AuthBase):
    """Sets the header last, so that a .netrc of the machine cannot put another one in its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"O-Bearer {self._token}"
        return request


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
        self.read_timeout_s = read_timeout_s
        self.tokens = Tokens(scope=(self.api_base, login.client_id, login.client_secret), fetch=self._fetch_token)
        self._login = login
        self._sessions = threading.local()

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
        reply = self._request(method, url, auth=_Authorization(token), json=json, params=query)
        if reply.status == 401:
            token = self.tokens.current(refused=token)
            reply = self._request(method, url, auth=_Authorization(token), json=json, params=query)
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
            reply = self._request("POST", f"{oauth_base(self.api_base)}/v1/oauth/token", data=form)
        except NoAnswer as error:
            raise NotSent("no token") from error
        if reply.status in (400, 401, 403):
            raise InvalidLogin(f"PhonePe refuses our credentials (HTTP {reply.status})")
        token = Token.of(reply.body, received_at=reply.at.timestamp()) if reply.is_good else None
        if token is None:
            raise NotSent(f"no token (HTTP {reply.status})")
        return token

    def _request(self, method: str, url: str, **more: Any) -> Reply:
        """Sent once: `requests` repeats nothing by itself."""
        timeout = (CONNECT_TIMEOUT_S, self.read_timeout_s)
        try:
            answer = self._session().request(method, url, timeout=timeout, allow_redirects=False, **more)
            body = answer.json() if answer.content else None
        except requests.JSONDecodeError:
            body = None
        except requests.RequestException as error:
            raise (NotSent if certainly_not_sent(error) else NoAnswer)(type(error).__name__) from error
        is_object = isinstance(body, dict)
        return Reply(answer.status_code, body if isinstance(body, dict) else {}, is_object, clock.now())

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = self._sessions.session = requests.Session()
        return session


class InvalidLogin(Exception):
    """PhonePe refuses our credentials; a person must act."""


def is_live(api_base: str) -> bool:
    """Production and the test environment differ by their path alone."""
    return api_base.endswith(LIVE_BASE)


def oauth_base(api_base: str) -> str:
    """Where tokens are given out."""
    return api_base.removesuffix(LIVE_BASE) + LIVE_OAUTH if is_live(api_base) else api_base
