"""One JSON request over HTTP, sent once: an answer, or whether it may have been executed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import requests

from config.calls.network import certainly_not_sent
from config.kernel import clock

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 20.0


class NotSent(Exception):
    """The request did not leave: nothing was executed."""


class NoAnswer(Exception):
    """The request may have been executed, and there is no answer to it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `body` is empty where it is no JSON object; then `is_object` is False."""

    status: int
    body: Mapping[str, Any]
    is_object: bool
    at: datetime
    request_id: str = ""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300 and self.is_object


class Authorization(requests.auth.AuthBase):
    """Sets the header last, so that a .netrc of the machine cannot put another one in its place."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


class Wire:
    """Sends requests; threads have sessions of their own. `requests` repeats nothing by itself, and follows nobody."""

    def __init__(self, *, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self.read_timeout_s = read_timeout_s
        self._sessions = threading.local()

    def request(self, method: str, url: str, **more: Any) -> Reply:
        """Raises NotSent, NoAnswer."""
        timeout = (CONNECT_TIMEOUT_S, self.read_timeout_s)
        try:
            answer = self._session().request(method, url, timeout=timeout, allow_redirects=False, **more)
            body = answer.json() if answer.content else None
        except requests.JSONDecodeError:
            body = None
        except requests.RequestException as error:
            raise (NotSent if certainly_not_sent(error) else NoAnswer)(type(error).__name__) from error
        is_object = isinstance(body, dict)
        return Reply(
            status=answer.status_code,
            body=body if isinstance(body, dict) else {},
            is_object=is_object,
            at=clock.now(),
            request_id=answer.headers.get("X-Request-Id", ""),
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = self._sessions.session = requests.Session()
        return session
