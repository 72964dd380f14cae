"""Is the port free, and does the site answer?"""

import http.server
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from config.local.probe import PortTaken, answer_of, require_free_port


class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()
        self.wfile.write(b"migrations are missing")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class TestRequireFreePort:
    def test_names_the_port_and_the_variable_that_chooses_it(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(PortTaken, match=rf"port {port} is in use by another program.*SANDBOX_PORT"):
                require_free_port(host="127.0.0.1", port=str(port), variable="SANDBOX_PORT")
        require_free_port(host="127.0.0.1", port=str(port), variable="SANDBOX_PORT")

    def test_names_an_address_that_is_not_ours(self) -> None:
        with pytest.raises(PortTaken, match=r"\(PORT\) cannot be used"):
            require_free_port(host="192.0.2.1", port="8000", variable="PORT")

    @pytest.mark.parametrize("port", ["many", "0", "65536", "-1", "", "8e3"])
    def test_names_what_is_no_port(self, port: str) -> None:
        with pytest.raises(PortTaken, match=f"PORT={port} is not a port"):
            require_free_port(host="127.0.0.1", port=port, variable="PORT")


class TestAnswerOf:
    def test_is_the_status_and_what_a_refusal_says(self, site: str) -> None:
        assert answer_of(url=f"{site}/readyz") == "200"
        assert answer_of(url=f"{site}/other") == "503 migrations are missing"

    def test_says_why_there_is_none(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            assert "refused" in answer_of(url=f"http://127.0.0.1:{silent.getsockname()[1]}/readyz")

    def test_asks_no_proxy(self, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(os.environ, "http_proxy", "http://127.0.0.1:9")
        assert answer_of(url=f"{site}/readyz") == "200"
