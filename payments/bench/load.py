"""Sends requests over connections that stay open, as fast as they are answered: `python -m …load JSON ANSWER`.

Sockets and a selector and no more: the client shares the machine with the server that it measures.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from payments.bench import events
from payments.bench.figures import percentile

PLACEHOLDER = 12_345_678_901_234
ANSWER_S = 20.0
# A server's processes do not share open connections evenly. Opening them anew now and then, as senders do, lets each
# run meet many divisions and not be the luck of one.
REQUESTS_OF_A_CONNECTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to send where. `kind` is webhook or checkout; `first` numbers the first request, so that no run repeats what
    another one sent; `most` bounds their number."""

    kind: str
    host: str
    port: int
    path: str
    secret: str
    connections: int
    seconds: float
    first: int
    most: int


@dataclass(slots=True)
class Outcome:
    """What came back within the time: answers, how long each took, and what else happened."""

    seconds: float = 0.0
    answers: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    reconnects: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0


class UnreadableAnswer(Exception):
    """An answer without a length: this client reads no chunks."""


class ServerSilent(Exception):
    """No connection was answered for twenty seconds."""


def requests(order: Order, *, at_s: int) -> Iterator[bytes]:
    """The whole requests, no two alike."""
    return checkouts(order) if order.kind == "checkout" else deliveries(order, at_s=at_s)


def checkouts(order: Order) -> Iterator[bytes]:
    """A guest's cart of two things of two sellers, each with an idempotency key of its own."""
    for number in range(order.first, order.first + order.most):
        cart = {
            "gateway": "stripe",
            "currency": "USD",
            "email": f"buyer{number}@bench.example.test",
            "items": [{"sku": "BENCH-0", "quantity": 1}, {"sku": "BENCH-1", "quantity": 1}],
            "accept_terms": True,
        }
        body = json.dumps(cart).encode()
        # Each is somebody else, behind a proxy: of one alone so many would be refused.
        address = ".".join(str(part) for part in (10, *(number % 2**24).to_bytes(3, "big")))
        head = (
            f"POST {order.path} HTTP/1.1\r\nHost: {order.host}\r\nContent-Type: application/json\r\n"
            f"X-Forwarded-For: {address}\r\nContent-Length: {len(body)}\r\nIdempotency-Key: {number:032x}\r\n\r\n"
        )
        yield head.encode() + body


def deliveries(order: Order, *, at_s: int) -> Iterator[bytes]:
    """Signed webhooks, each with an event of its own."""
    template = events.succeeded(
        number=PLACEHOLDER,
        payment_id="pay_0000000000000000000000",
        intent_id=f"pi_3Bench{PLACEHOLDER:020}",
        amount_minor=10_000,
        currency="USD",
        at_s=at_s,
    )
    held = f"{PLACEHOLDER:020}".encode(), f"{PLACEHOLDER:032x}".encode()
    for number in range(order.first, order.first + order.most):
        body = template.replace(held[0], f"{number:020}".encode()).replace(held[1], f"{number:032x}".encode())
        yield events.delivery(path=order.path, body=body, secret=order.secret, at_s=at_s)


class _Line:
    """One connection: at most one request under way."""

    def __init__(self, order: Order) -> None:
        self.socket = socket.create_connection((order.host, order.port), timeout=ANSWER_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self.answers = 0
        self._buffer = b""

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[str, bool] | None:
        """Status and whether to go on over this connection, once the answer is whole. Raises ConnectionError."""
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionResetError
        self._buffer += data
        found = split_answer(self._buffer)
        if found is None:
            return None
        status, length, stays_open = found
        self._buffer = self._buffer[length:]
        self.answers += 1
        return status, stays_open and self.answers < REQUESTS_OF_A_CONNECTION


def split_answer(data: bytes) -> tuple[str, int, bool] | None:
    """(status, bytes of the whole answer, whether the connection stays open); None while it is not whole.

    Raises UnreadableAnswer.
    """
    head, separator, _ = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    lines = head.split(b"\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
    if b"content-length" not in headers:
        raise UnreadableAnswer(lines[0].decode(errors="replace"))
    whole = len(head) + len(separator) + int(headers[b"content-length"])
    if len(data) < whole:
        return None
    return lines[0].split(b" ")[1].decode(), whole, headers.get(b"connection", b"").lower() != b"close"


def run(order: Order) -> Outcome:
    """Keeps every connection busy for `seconds`. Raises ServerSilent."""
    waiting = list(requests(order, at_s=int(time.time())))
    waiting.reverse()
    selector = selectors.DefaultSelector()
    outcome, times, statuses = Outcome(), list[float](), Counter[str]()
    for _ in range(order.connections):
        line = _Line(order)
        selector.register(line.socket, selectors.EVENT_READ, line)
    started = time.perf_counter()
    for key in list(selector.get_map().values()):
        key.data.send(waiting.pop())
    while (now := time.perf_counter()) - started < order.seconds and waiting:
        ready = selector.select(ANSWER_S)
        if not ready:
            raise ServerSilent
        for key, _ in ready:
            line = key.data
            try:
                answer = line.receive()
            except ConnectionError:
                answer = "lost", False
            if answer is None:
                continue
            now = time.perf_counter()
            times.append(now - line.sent_at)
            statuses[answer[0]] += 1
            if not answer[1]:
                selector.unregister(line.socket)
                line.socket.close()
                line = _Line(order)
                selector.register(line.socket, selectors.EVENT_READ, line)
                outcome.reconnects += 1
            if waiting:
                line.send(waiting.pop())
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
    outcome.seconds, outcome.answers, outcome.statuses = now - started, len(times), dict(statuses)
    milliseconds = sorted(1000 * each for each in times)
    outcome.p50_ms, outcome.p95_ms, outcome.p99_ms = (percentile(milliseconds, share) for share in (50, 95, 99))
    return outcome


def main(order: str, answer: str) -> None:
    Path(answer).write_text(json.dumps(asdict(run(Order(**json.loads(order))))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
