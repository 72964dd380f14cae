"""Turnstile over a real socket: what it is asked, and what each of its answers means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import transaction

from config.calls.barrier import CallInsideTransaction
from payments.abuse.captcha.contract import CaptchaUnreachable
from payments.abuse.captcha.registry import verifier
from payments.abuse.captcha.turnstile import LONGEST_TOKEN, Turnstile


class _Handler(BaseHTTPRequestHandler):
    server: Cloudflare

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append({name: values[0] for name, values in parse_qs(body).items()})
        content = self.server.answer
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


class Cloudflare(ThreadingHTTPServer):
    """Answers what it is told to."""

    daemon_threads = True
    asked: list[dict[str, str]]
    status = 200
    answer = b'{"success": true}'


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with Cloudflare(("127.0.0.1", 0), _Handler) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def turnstile(cloudflare: Cloudflare) -> Turnstile:
    return Turnstile(site_key="site", secret="secret", url=f"http://127.0.0.1:{cloudflare.server_port}/siteverify")


class TestVerify:
    def test_hands_over_secret_token_and_address(self, cloudflare: Cloudflare, turnstile: Turnstile) -> None:
        assert turnstile.verify(token="token", address="203.0.113.9")
        assert cloudflare.asked == [{"secret": "secret", "response": "token", "remoteip": "203.0.113.9"}]

    def test_believes_only_success(self, cloudflare: Cloudflare, turnstile: Turnstile) -> None:
        cloudflare.answer = b'{"success": false, "error-codes": ["timeout-or-duplicate"]}'
        assert not turnstile.verify(token="token", address="")
        assert "remoteip" not in cloudflare.asked[0]

    @pytest.mark.parametrize("token", ["", "x" * (LONGEST_TOKEN + 1)])
    def test_does_not_ask_about_what_is_no_token(
        self, cloudflare: Cloudflare, turnstile: Turnstile, token: str
    ) -> None:
        assert not turnstile.verify(token=token, address="")
        assert cloudflare.asked == []

    @pytest.mark.parametrize(
        ("status", "answer"),
        [
            (500, b"{}"),
            (302, b"{}"),
            (200, b"not json"),
            (200, b"[]"),
            (200, b"{}"),
            (200, b'{"success": "true"}'),
            (200, json.dumps({"success": False, "error-codes": ["invalid-input-secret"]}).encode()),
        ],
    )
    def test_says_when_it_learnt_nothing(
        self, cloudflare: Cloudflare, turnstile: Turnstile, status: int, answer: bytes
    ) -> None:
        cloudflare.status, cloudflare.answer = status, answer
        with pytest.raises(CaptchaUnreachable):
            turnstile.verify(token="token", address="")

    def test_says_when_nobody_answers(self) -> None:
        gone = Turnstile(site_key="site", secret="secret", url="http://127.0.0.1:1/siteverify")
        with pytest.raises(CaptchaUnreachable):
            gone.verify(token="token", address="")

    @pytest.mark.django_db(transaction=True)
    def test_is_never_asked_inside_a_transaction(self, turnstile: Turnstile) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            turnstile.verify(token="token", address="")


class TestVerifier:
    def test_is_there_when_its_keys_are(self, settings: Any) -> None:
        assert verifier() is None
        settings.CAPTCHA_SECRET, settings.CAPTCHA_SITE_KEY = "a secret of theirs", "site"
        found = verifier()
        assert found is not None
        assert (found.name, found.site_key) == ("turnstile", "site")
