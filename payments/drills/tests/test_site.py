"""A client that does what the API tells clients to do: the same request again, and no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from config.tests.ports import free_port
from payments.drills.site import DoorRefused, Site, SiteSilent, address_of_a_buyer, code_of

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Clock:
    """Hands that only rest."""

    inline = True

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        return self.at

    def until(self, came: Any, *, within_s: float | None = None) -> bool:
        raise NotImplementedError

    def rest(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@contextmanager
def answering(*answers: tuple[int, Any, dict[str, str]]) -> Iterator[tuple[Site, list[dict[str, Any]]]]:
    """A site that gives these answers in turn, the last one for ever; and what it was asked."""
    left, seen = list(answers), []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(
                {"path": self.path, "body": body, "key": self.headers.get("Idempotency-Key"),
                 "from": self.client_address[0]}
            )  # fmt: skip
            status, answer, headers = left.pop(0) if len(left) > 1 else left[0]
            given = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(given)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}", Clock()), seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(status: int, code: str, **headers: str) -> tuple[int, Any, dict[str, str]]:
    return status, {"errors": [{"code": code}]}, headers


class TestInsist:
    def test_sends_the_same_again_until_it_is_answered(self) -> None:
        paused, running = refusal(503, "gateway_paused"), refusal(409, "idempotency_in_progress")
        with answering(paused, paused, running, (201, {"order": 1}, {})) as (site, seen):
            given = site.insist("/a/", {"b": 1}, headers={"Idempotency-Key": "k"}, address="")
        assert given == {"order": 1}
        assert [each["key"] for each in seen] == ["k"] * 4
        assert len({each["body"] for each in seen}) == 1
        assert (site.repeated, site.refusals) == (3, {"gateway_paused": 2, "idempotency_in_progress": 1})

    def test_waits_as_long_as_a_limit_says(self) -> None:
        with answering(refusal(429, "throttled", **{"Retry-After": "1"}), (200, {}, {})) as (site, seen):
            assert site.insist("/a/", {}, headers={}, address="") == {}
        assert len(seen) == 2

    @pytest.mark.parametrize(("status", "code"), [(422, "amount_too_small"), (409, "order_not_payable"), (403, "x"),
                                                  (429, "challenge_required")])  # fmt: skip
    def test_takes_a_refusal_that_stays_for_an_answer(self, status: int, code: str) -> None:
        with answering(refusal(status, code)) as (site, seen):
            with pytest.raises(DoorRefused, match=code) as refused:
                site.insist("/a/", {}, headers={}, address="")
            assert (refused.value.http_status, refused.value.code, len(seen)) == (status, code, 1)

    def test_gives_up_after_ten_minutes(self) -> None:
        with answering(refusal(503, "gateway_paused")) as (site, seen):
            with pytest.raises(DoorRefused, match="gateway_paused"):
                site.insist("/a/", {}, headers={}, address="")
            assert 200 <= len(seen) <= 203


class TestPost:
    def test_comes_from_the_buyers_own_address(self) -> None:
        with answering((200, {}, {})) as (site, seen):
            site.post("/a/", {}, headers={}, address="127.7.8.9")
        assert seen[0]["from"] == "127.7.8.9"

    def test_reads_what_is_no_json(self) -> None:
        with answering((502, "<html>", {})) as (site, _):
            assert site.post("/a/", {}, headers={}, address="") == (502, "<html>")
            assert site.refusals == {"502": 1}

    def test_says_that_nobody_answers(self) -> None:
        site = Site(f"http://127.0.0.1:{free_port()}", Clock())
        with pytest.raises(SiteSilent, match="does not answer"):
            site.post("/a/", {}, headers={}, address="")


class TestCodeOf:
    @pytest.mark.parametrize(
        ("body", "code"), [({"errors": [{"code": "a"}]}, "a"), ({"errors": []}, ""), ({}, ""), ("text", ""), ([], "")]
    )
    def test_reads_the_stable_code(self, body: Any, code: str) -> None:
        assert code_of(body) == code


class TestAddressOfABuyer:
    def test_is_of_this_machine_and_seldom_twice_the_same(self) -> None:
        found = {address_of_a_buyer() for _ in range(50)}
        assert all(each.startswith("127.") for each in found)
        assert len(found) > 45
