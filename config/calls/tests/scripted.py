"""A server on a real socket that answers what it is told to, so that transports and packages are under test."""

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

from config.tests.ports import free_port


@dataclass(frozen=True)
class Reply:
    """What to answer. `hang_up` reads the request and closes the connection; `wait_s` lets the client time out."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    wait_s: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request as it came. `form` and `body` read its raw bytes as a form or as JSON, whichever they are."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def form(self) -> dict[str, str]:
        is_multipart = self.headers.get("content-type", "").startswith("multipart/")
        return {} if is_multipart else dict(parse_qsl(self.raw.decode()))

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw.startswith(b"{") else None

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")


@dataclass
class Script:
    """What the server answers in turn, and what it has seen. When one reply is left it is repeated."""

    replies: list[Reply]
    seen: list[Seen] = field(default_factory=list)

    def reply_to(self, path: str) -> Reply:
        del path
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def _answer(self) -> None:
        parts, script = urlsplit(self.path), self.server.script
        seen = Seen(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            raw=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        script.seen.append(seen)
        reply = script.reply_to(parts.path)
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

    def do_DELETE(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


class ScriptedServer(ThreadingHTTPServer):
    """Listens already; it needs its script before somebody asks."""

    daemon_threads = True
    script: Script

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.released = threading.Event()
        self.base = f"http://127.0.0.1:{self.server_port}"


@contextmanager
def listening() -> Iterator[ScriptedServer]:
    """A server that serves until the end of the block, also those who were kept waiting."""
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port on which nobody listens, nor will for a while."""
    return free_port()
