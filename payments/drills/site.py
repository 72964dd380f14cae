"""A client of the installation's own doors, as a shop's page and a seller's program would call them."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from payments.drills.hands import Hands

# Longer than our own calls to a gateway, their repetition included.
ANSWER_S = 130.0
INSIST_S = 600.0
REST_S = 3.0


class DoorRefused(Exception):
    """A door refused for good what a drill must be able to do."""

    def __init__(self, path: str, status: int, body: Any) -> None:
        super().__init__(f"{path}: {status} {code_of(body) or body}")
        self.http_status = status
        self.code = code_of(body)


class SiteSilent(Exception):
    """Nobody answers at the installation's address."""


@dataclass(slots=True)
class Site:
    """The doors below `base`. Every buyer comes from an address of their own, where the machine has them."""

    base: str
    hands: Hands
    repeated: int = 0
    refusals: dict[str, int] = field(default_factory=dict)

    def get(self, path: str) -> tuple[int, Any]:
        """`GET`; raises SiteSilent."""
        status, body, _ = self._send("GET", path, None, {}, address="")
        return status, body

    def post(self, path: str, body: Mapping[str, Any], *, headers: Mapping[str, str], address: str) -> tuple[int, Any]:
        """One request, whatever its answer; refusals are counted by their code. Raises SiteSilent."""
        status, answer, _ = self._counted(path, body, headers, address)
        return status, answer

    def insist(self, path: str, body: Mapping[str, Any], *, headers: Mapping[str, str], address: str) -> dict[str, Any]:
        """Sends the same request again and again, as the API tells clients to do, until it is answered for good.

        Raises DoorRefused where the answer is a refusal that stays, or never another one.
        """
        began = self.hands.now()
        while True:
            status, answer, wait_s = self._counted(path, body, headers, address)
            if 200 <= status < 300:
                return dict(answer)
            again = status == 503 or code_of(answer) in ("idempotency_in_progress", "throttled")
            if not again or (self.hands.now() - began).total_seconds() > INSIST_S:
                raise DoorRefused(path, status, answer)
            self.repeated += 1
            if status == 429:
                time.sleep(wait_s or REST_S)  # limits count by the real clock
            else:
                self.hands.rest(REST_S)

    def _counted(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str], address: str
    ) -> tuple[int, Any, float]:
        status, answer, wait_s = self._send("POST", path, json.dumps(body), headers, address=address)
        if status >= 400:
            code = code_of(answer) or str(status)
            self.refusals[code] = self.refusals.get(code, 0) + 1
        return status, answer, wait_s

    def _send(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str], *, address: str
    ) -> tuple[int, Any, float]:
        parts = urlsplit(self.base)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        from_whom = (address, 0) if address and parts.hostname == "127.0.0.1" else None
        connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_S, source_address=from_whom)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            text = answer.read()
            wait = answer.headers.get("Retry-After", "")
        except OSError as problem:
            raise SiteSilent(f"{self.base} does not answer: {problem}") from problem
        finally:
            connection.close()
        return answer.status, _read(text), float(wait) if wait.isdecimal() else 0.0


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text[:200].decode("utf-8", "replace")


def code_of(body: Any) -> str:
    """The stable code of an error's answer, or nothing."""
    errors = body.get("errors") if isinstance(body, dict) else None
    return str(errors[0].get("code", "")) if errors else ""


def address_of_a_buyer() -> str:
    """One of the sixteen million addresses by which a machine knows itself: no two buyers share one."""
    return f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
