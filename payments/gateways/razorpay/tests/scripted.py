"""A server on a real socket that answers what it is told to, so that transport and package are under test."""

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

from payments.gateways.razorpay.adapter import RazorpayGateway
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.stripe.tests.scripted import Reply

KEY_ID, KEY_SECRET = "rzp_test_OfNobody000000", "secretOfNobody0000000000"


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Scripted:
    """The server's script and what it has seen. When one reply is left it is repeated."""

    client: RazorpayClient
    replies: list[Reply]
    seen: list[Seen] = field(default_factory=list)

    @property
    def gateway(self) -> RazorpayGateway:
        return RazorpayGateway(self.client, key_id=KEY_ID, key_secret=KEY_SECRET)

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def refusal(status: int, *, code: str = "BAD_REQUEST_ERROR", **more: Any) -> Reply:
    """An error in Razorpay's form."""
    error = {"code": code, "description": "A description.", "source": "business", "step": "payment_initiation",
             "reason": "input_validation_failed", "metadata": {}} | more  # fmt: skip
    return Reply(status, {"error": error}, {"X-Razorpay-Request-Id": "req_refused"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        script = self.server.script
        script.seen.append(
            Seen(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                body=json.loads(raw) if raw.startswith(b"{") else None,
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

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Scripted
    released: threading.Event


@contextmanager
def scripted(*replies: Reply, read_timeout_s: float = 5.0) -> Iterator[Scripted]:
    """A client of a server that gives these replies in turn."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.released = threading.Event()
    client = RazorpayClient(
        key_id=KEY_ID,
        key_secret=KEY_SECRET,
        api_base=f"http://127.0.0.1:{server.server_port}/",
        read_timeout_s=read_timeout_s,
    )
    script = Scripted(client, list(replies))
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
        client.session.close()
