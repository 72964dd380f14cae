"""A gateway that knows exactly what it is told: a real socket, for events whose objects no sandbox has."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

MISSING = {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such object."}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        body = self.server.objects.get(urlsplit(self.path).path)
        content = json.dumps(MISSING if body is None else body).encode()
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    objects: Mapping[str, Any]


class Answers(dict[str, Any]):
    """Path → the object that is answered; change it at any time. `api_base` is where."""

    api_base: str = ""


@contextmanager
def answering() -> Iterator[Answers]:
    """Serves until the end of the block; what it does not know is missing."""
    answers = Answers()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.objects = answers
    answers.api_base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
