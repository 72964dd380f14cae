"""What stands, in a test, where the application's webhook door would be."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Received:
    """One webhook as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> dict[str, Any]:
        """The body, parsed."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


@dataclass(slots=True)
class Receiver:
    """What stands where the application's webhook door would be. `answer` decides the status of each delivery."""

    url: str
    answer: Callable[[Received], int] = lambda received: 200
    received: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, *, type: str = "", timeout_s: float = 10) -> list[Received]:
        """Waits for so many deliveries (of a type); raises TimeoutError."""

        def found() -> list[Received]:
            return [each for each in self.received if not type or each.json["type"] == type]

        with self.changed:
            if not self.changed.wait_for(lambda: len(found()) >= count, timeout=timeout_s):
                raise TimeoutError(f"{len(found())} of {count} deliveries of {type or 'any type'}")
            return found()

    def types(self) -> list[str]:
        """The event types in the order of their arrival."""
        with self.changed:
            return [each.json["type"] for each in self.received]


@contextmanager
def receiving_webhooks(*, port: int = 0) -> Iterator[Receiver]:
    """A webhook receiver on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            got = Received(self.path, dict(self.headers.items()), body, time.time())
            status = receiver.answer(got)
            with receiver.changed:
                receiver.received.append(got)
                receiver.changed.notify_all()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Tests read `received`, not a log."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver = Receiver(url=f"http://127.0.0.1:{server.server_port}/webhooks/stripe/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
