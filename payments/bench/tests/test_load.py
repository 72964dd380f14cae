"""The load generator: no request twice, answers read whole, each connection with one request under way."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice

import pytest

from payments.bench.load import (
    REQUESTS_OF_A_CONNECTION,
    Order,
    UnreadableAnswer,
    deliveries,
    requests,
    run,
    split_answer,
)

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}"


def order(*, port: int = 1, kind: str = "webhook", most: int = 3, connections: int = 2, seconds: float = 5.0) -> Order:
    return Order(
        kind=kind, host="127.0.0.1", port=port, path="/webhooks/stripe/", secret="whsec_bench", first=10, most=most,
        connections=connections, seconds=seconds,
    )  # fmt: skip


class TestSplitAnswer:
    def test_waits_until_the_answer_is_whole(self) -> None:
        for cut in range(len(ANSWER)):
            assert split_answer(ANSWER[:cut]) is None
        assert split_answer(ANSWER) == ("200", len(ANSWER), True)

    def test_leaves_the_next_answer(self) -> None:
        assert split_answer(ANSWER + b"HTTP/1.1 500") == ("200", len(ANSWER), True)

    def test_sees_that_the_connection_ends(self) -> None:
        closing = ANSWER.replace(b"keep-alive", b"close")
        assert split_answer(closing) == ("200", len(closing), False)

    def test_refuses_an_answer_without_a_length(self) -> None:
        with pytest.raises(UnreadableAnswer):
            split_answer(b"HTTP/1.1 200 OK\r\n\r\n")


class TestRequests:
    def test_no_two_are_alike(self) -> None:
        for kind in ("webhook", "checkout"):
            found = list(requests(order(kind=kind), at_s=1_800_000_000))
            assert len(set(found)) == len(found) == 3

    def test_have_the_length_that_they_say(self) -> None:
        for kind in ("webhook", "checkout"):
            for request in requests(order(kind=kind), at_s=1_800_000_000):
                head, _, body = request.partition(b"\r\n\r\n")
                assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")

    def test_numbered_events_are_whole_events(self) -> None:
        first = next(islice(deliveries(order(), at_s=1_800_000_000), 1))
        event = json.loads(first.partition(b"\r\n\r\n")[2])
        assert event["id"].endswith("00010")
        assert event["data"]["object"]["id"].endswith("00010")


@contextmanager
def server(*, answer: bytes) -> Iterator[int]:
    """Answers every request of every connection until the client hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk(connection: socket.socket) -> None:
            with connection, suppress(ConnectionError):  # the client goes when its time is over
                pending = b""
                while data := connection.recv(65_536):
                    pending += data
                    while b"\r\n\r\n" in pending:
                        head, _, rest = pending.partition(b"\r\n\r\n")
                        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                        if len(rest) < length:
                            break
                        pending = rest[length:]
                        connection.sendall(answer)
                        if b"close" in answer:
                            return

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return  # the test is over
                threading.Thread(target=talk, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


class TestRun:
    def test_counts_answers_and_statuses(self) -> None:
        with server(answer=ANSWER) as port:
            outcome = run(order(port=port, most=20))
        assert outcome.statuses == {"200": outcome.answers}
        assert 18 <= outcome.answers <= 20
        assert 0 < outcome.p50_ms <= outcome.p95_ms <= outcome.p99_ms

    def test_connects_again_where_the_server_hangs_up(self) -> None:
        with server(answer=ANSWER.replace(b"keep-alive", b"close")) as port:
            outcome = run(order(port=port, most=10))
        assert outcome.statuses == {"200": outcome.answers}
        assert outcome.reconnects >= 8

    def test_opens_each_connection_anew_after_so_many_requests(self) -> None:
        with server(answer=ANSWER) as port:
            outcome = run(order(port=port, most=4 * REQUESTS_OF_A_CONNECTION, connections=1))
        assert outcome.reconnects == outcome.answers // REQUESTS_OF_A_CONNECTION >= 3
