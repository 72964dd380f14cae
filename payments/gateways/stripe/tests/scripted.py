"""A server on a real socket that answers what it is told to, so that the SDK itself is under test."""

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

from payments.gateways.stripe.client import StripeConnection, connect

SECRET = "sk_test_of_nobody_0000"


@dataclass(frozen=True)
class Reply:
    """What to answer. `hang_up` reads the request and closes the connection; `wait_s` lets the client time out."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    wait_s: float = 0.0


def error(status: int, code: str | None = None, **more: Any) -> Reply:
    """An error in Stripe's form."""
    kind = {400: "invalid_request_error", 402: "card_error", 404: "invalid_request_error"}.get(status, "api_error")
    inner = {"type": kind, "message": "A message."} | ({"code": code} if code else {}) | more
    return Reply(status, {"error": inner}, {"Request-Id": "req_error"})


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Scripted:
    """The server's script and what it has seen. When one reply is left it is repeated."""

    connection: StripeConnection
    replies: list[Reply]
    seen: list[Seen] = field(default_factory=list)

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_multipart = self.headers.get("Content-Type", "").startswith("multipart/")
        script = self.server.script
        script.seen.append(
            Seen(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                form={} if is_multipart else dict(parse_qsl(body.decode())),
                body=body,
                headers={name.lower(): value for name, value in self.headers.items()},
            )
        )
        reply = script.next()
        if reply.wait_s:
            self.server.released.wait(reply.wait_s)
        if reply.hang_up or reply.wait_s:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Scripted
    released: threading.Event


@contextmanager
def scripted(*replies: Reply, read_timeout_s: float = 5.0) -> Iterator[Scripted]:
    """A connection to a server that gives these replies in turn."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.released = threading.Event()
    script = Scripted(impatient(f"http://127.0.0.1:{server.server_port}", read_timeout_s), list(replies))
    server.script = script
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
        http: Any = script.connection.http  # whose close() is untyped
        http.close()


def impatient(api_base: str, read_timeout_s: float = 5.0) -> StripeConnection:
    return connect(secret_key=SECRET, api_base=api_base, read_timeout_s=read_timeout_s)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
