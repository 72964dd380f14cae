"""A server on a real socket that gives tokens out and otherwise answers what it is told to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from payments.gateways.phonepe.client import Login, PhonePeConnection

LOGIN = Login(client_id="M1", client_secret="of-nobody", client_version="1")
TOKEN = "/v1/oauth/token"


@dataclass(frozen=True)
class Reply:
    """What to answer. `hang_up` reads the request and closes the connection; `wait_s` lets the client time out."""

    status: int = 200
    body: Any = None
    hang_up: bool = False
    wait_s: float = 0.0


def error(status: int, code: str = "") -> Reply:
    """An error in PhonePe's form."""
    return Reply(status, {"code": code, "message": "A message."} if code else {})


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorization: str


@dataclass
class Script:
    """What is answered in turn, what was seen, and the tokens that were given out. The last reply is repeated."""

    connection: PhonePeConnection
    replies: list[Reply]
    seen: list[Seen] = field(default_factory=list)
    tokens: list[Reply] = field(default_factory=list)
    given: int = 0

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def token(self) -> Reply:
        if self.tokens:
            return self.tokens.pop(0)
        self.given += 1
        return Reply(body={"access_token": f"token-{self.given}", "expires_in": 3600})

    @property
    def asked(self) -> list[str]:
        """Method and path of everything but tokens."""
        return [f"{each.method} {each.path}" for each in self.seen if each.path != TOKEN]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts, script = urlsplit(self.path), self.server.script
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = "urlencoded" in (self.headers.get("Content-Type") or "")
        script.seen.append(
            Seen(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                body=dict(parse_qsl(raw)) if form else json.loads(raw) if raw else None,
                authorization=self.headers.get("Authorization", ""),
            )
        )
        reply = script.token() if parts.path == TOKEN else script.next()
        if reply.wait_s:
            self.server.released.wait(reply.wait_s)
        if reply.hang_up or reply.wait_s:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(content)))
        if reply.status in (301, 302):
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Script
    released: threading.Event


@contextmanager
def scripted(*replies: Reply, read_timeout_s: float = 5.0) -> Iterator[Script]:
    """A connection to a server that gives these replies in turn."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.released = threading.Event()
    base = f"http://127.0.0.1:{server.server_port}"
    connection = PhonePeConnection(login=LOGIN, api_base=base, read_timeout_s=read_timeout_s)
    connection.tokens.forget()
    script = server.script = Script(connection, list(replies) or [Reply(body={})])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
        connection.tokens.forget()
