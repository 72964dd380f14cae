"""A scripted server in PhonePe's place that gives tokens out beside, and a connection to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from payments.gateways.phonepe.client import Login, PhonePeConnection
from payments.gateways.tests.scripted import Reply, Script, listening

LOGIN = Login(client_id="M1", client_secret="of-nobody", client_version="1")
TOKEN = "/v1/oauth/token"


def error(status: int, code: str = "") -> Reply:
    """An error in PhonePe's form."""
    return Reply(status, {"code": code, "message": "A message."} if code else {})


@dataclass
class Scripted(Script):
    """`tokens` are what is answered to the next questions for one; `given` counts those that were handed out."""

    connection: PhonePeConnection = field(kw_only=True)
    tokens: list[Reply] = field(default_factory=list)
    given: int = 0

    def reply_to(self, path: str) -> Reply:
        return self.token() if path == TOKEN else super().reply_to(path)

    def token(self) -> Reply:
        if self.tokens:
            return self.tokens.pop(0)
        self.given += 1
        return Reply(body={"access_token": f"token-{self.given}", "expires_in": 3600})

    @property
    def asked(self) -> list[str]:
        """Method and path of everything but tokens."""
        return [f"{each.method} {each.path}" for each in self.seen if each.path != TOKEN]


@contextmanager
def scripted(*replies: Reply, read_timeout_s: float = 5.0) -> Iterator[Scripted]:
    """A connection to a server that gives these replies in turn."""
    with listening() as server:
        connection = PhonePeConnection(login=LOGIN, api_base=server.base, read_timeout_s=read_timeout_s)
        connection.tokens.forget()
        script = server.script = Scripted(list(replies) or [Reply(body={})], connection=connection)
        try:
            yield script
        finally:
            connection.tokens.forget()
