"""A scripted server in Stripe's place, and a connection to it, so that the SDK itself is under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from payments.gateways.stripe.client import StripeConnection, connect
from payments.gateways.tests.scripted import Reply, Script, listening

SECRET = "sk_test_of_nobody_0000"


def error(status: int, code: str | None = None, **more: Any) -> Reply:
    """An error in Stripe's form."""
    kind = {400: "invalid_request_error", 402: "card_error", 404: "invalid_request_error"}.get(status, "api_error")
    inner = {"type": kind, "message": "A message."} | ({"code": code} if code else {}) | more
    return Reply(status, {"error": inner}, {"Request-Id": "req_error"})


@dataclass
class Scripted(Script):
    connection: StripeConnection = field(kw_only=True)


@contextmanager
def scripted(*replies: Reply, read_timeout_s: float = 5.0) -> Iterator[Scripted]:
    """A connection to a server that gives these replies in turn."""
    with listening() as server:
        script = Scripted(list(replies), connection=impatient(server.base, read_timeout_s))
        server.script = script
        try:
            yield script
        finally:
            http: Any = script.connection.http  # whose close() is untyped
            http.close()


def impatient(api_base: str, read_timeout_s: float = 5.0) -> StripeConnection:
    return connect(secret_key=SECRET, api_base=api_base, read_timeout_s=read_timeout_s)
