"""The door over a real socket: what is too large or has no length is answered before a byte of it is read."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from typing import Any

import pytest

from config.inbox.models import WebhookEvent
from config.inbox.tests.stripes import PATH, event, signature
from config.tests.ports import HOST
from config.tests.serving import served

pytestmark = pytest.mark.django_db(transaction=True)
GIBIBYTE = 1024**3


@pytest.fixture(scope="module")
def port(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """One server for this module."""
    with django_db_blocker.unblock(), served() as found:
        yield found


@pytest.fixture(scope="module")
def impatient(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """One with two threads, and little patience."""
    with django_db_blocker.unblock(), served(WEB_CLIENT_SILENCE_S="1", WEB_THREADS="2") as found:
        yield found


def head(**headers: str) -> bytes:
    lines = [f"POST {PATH} HTTP/1.1", "Host: testserver", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def opened(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), timeout=10)


def answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """The status and the body of one answer."""
    with connection.makefile("rb") as lines:
        status = int(lines.readline().split()[1])
        length = 0
        while (line := lines.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return status, json.loads(lines.read(length))


def pushed(connection: socket.socket, most: int) -> int:
    """How many bytes the other side takes before it hangs up, `most` at most."""
    chunk, sent = b" " * 65_536, 0
    try:
        while sent < most:
            sent += connection.send(chunk)
    except OSError:
        pass
    return sent


class TestTooLarge:
    def test_is_answered_though_not_one_byte_of_the_body_came(self, port: int) -> None:
        """The client has said how long it will be, and sent nothing: who read the body would wait for it."""
        with opened(port) as connection:
            started = time.monotonic()
            connection.sendall(head(Content_Length=str(GIBIBYTE), Stripe_Signature="t=1,v1=00"))
            assert answer(connection) == (413, {"received": False, "code": "too_large"})
            assert time.monotonic() - started < 5

    def test_hangs_up_on_who_goes_on_sending(self, port: int) -> None:
        """Nobody can make us read a gibibyte by sending it after the answer."""
        with opened(port) as connection:
            connection.sendall(head(Content_Length=str(GIBIBYTE), Stripe_Signature="t=1,v1=00"))
            assert answer(connection)[0] == 413
            assert pushed(connection, 256 * 1024**2) < 32 * 1024**2, "only what lay in the buffers of the way"

    def test_of_one_byte_too_many_too(self, port: int) -> None:
        with opened(port) as connection:
            connection.sendall(head(Content_Length=str(1024**2 + 1)))
            assert answer(connection)[0] == 413


class TestNoLength:
    def test_is_answered_before_the_first_chunk(self, port: int) -> None:
        with opened(port) as connection:
            connection.sendall(head(Transfer_Encoding="chunked", Stripe_Signature="t=1,v1=00"))
            assert answer(connection) == (411, {"received": False, "code": "length_required"})

    def test_hangs_up_on_endless_chunks(self, port: int) -> None:
        with opened(port) as connection:
            connection.sendall(head(Transfer_Encoding="chunked"))
            assert answer(connection)[0] == 411
            chunk, sent = b"10000\r\n" + b" " * 65_536 + b"\r\n", 0
            try:
                while sent < 256 * 1024**2:
                    sent += connection.send(chunk)
            except OSError:
                pass
            assert sent < 32 * 1024**2


class TestAccepted:
    def test_two_deliveries_over_one_connection(self, port: int) -> None:
        with opened(port) as connection:
            for duplicate in (False, True):
                body = json.dumps(event(created=int(time.time()) // 600 * 600)).encode()
                connection.sendall(head(Content_Length=str(len(body)), Stripe_Signature=signature(body)) + body)
                assert answer(connection) == (200, {"received": True, "duplicate": duplicate})
        assert WebhookEvent.objects.get().deliveries == 2

    def test_a_body_that_never_comes_whole_is_no_event(self, port: int) -> None:
        body = json.dumps(event()).encode()
        with opened(port) as connection:
            connection.sendall(head(Content_Length=str(len(body)), Stripe_Signature=signature(body)) + body[:-5])
            connection.shutdown(socket.SHUT_WR)
            assert answer(connection)[0] == 400
        assert not WebhookEvent.objects.exists()

    def test_two_lengths_are_none(self, port: int) -> None:
        """What one side of a proxy reads as one request and the other as two is refused before it reaches us."""
        with opened(port) as connection:
            connection.sendall(head(Content_Length="5", Transfer_Encoding="chunked") + b"0\r\n\r\n")
            with connection.makefile("rb") as lines:
                assert int(lines.readline().split()[1]) in (400, 411)


class TestSilentClients:
    """Who sends a part of a request and then nothing holds no thread for ever, wherever they stop."""

    @pytest.mark.parametrize(
        "part",
        [
            head(Content_Length="500", Stripe_Signature="t=1,v1=00") + b"abc",
            head(Content_Length="500", Stripe_Signature="t=1,v1=00")[:40],
        ],
        ids=["in the body", "in the headers"],
    )
    def test_do_not_keep_others_waiting(self, impatient: int, part: bytes) -> None:
        with ExitStack() as stack:
            for _ in range(6):  # three times as many as there are threads
                stack.enter_context(opened(impatient)).sendall(part)
            connection = HTTPConnection(HOST, impatient, timeout=20)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            connection.close()
