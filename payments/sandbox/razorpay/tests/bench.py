"""Razorpay of the sandbox inside the test's own process, without HTTP and without background threads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from payments.sandbox.config import from_environment
from payments.sandbox.doors import ApiAnswer
from payments.sandbox.engine import Engine, build
from payments.sandbox.razorpay.control import obey
from payments.sandbox.razorpay.door import ApiRequest, answer

ENVIRON = {
    "RAZORPAY_KEY_ID": "rzp_test_Bench", "RAZORPAY_KEY_SECRET": "bench-secret",
    "RAZORPAY_WEBHOOK_SECRET": "hook-newer,hook-older",
    "RAZORPAYX_KEY_ID": "rzp_test_BenchX", "RAZORPAYX_KEY_SECRET": "bench-x-secret",
    "RAZORPAYX_WEBHOOK_SECRET": "hook-x", "RAZORPAYX_ACCOUNT_NUMBER": "7878780080316316",
}  # fmt: skip


class Bench:
    """Asks the engine as HTTP would, and orders as the control endpoint would."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def ask(self, method: str, path: str, *, key: str = "", secret: str = "bench-secret", **fields: Any) -> ApiAnswer:
        return self.send(method, path, ("rzp_test_Bench", secret), fields, refund_key=key)

    def send(self, method: str, path: str, pair: tuple[str, str], fields: dict[str, Any], **keys: str) -> ApiAnswer:
        is_read = method == "GET"
        request = ApiRequest(
            method=method,
            path=f"/v1/{path}",
            query="&".join(f"{name}={value}" for name, value in fields.items()) if is_read else "",
            body=b"" if is_read else json.dumps(fields).encode(),
            key_id=pair[0],
            key_secret=pair[1],
            **keys,
        )
        return answer(engine=self.engine, request=request)

    def post(self, path: str, *, key: str = "", **fields: Any) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.ask("POST", path, key=key, **fields).body)
        return parsed

    def get(self, path: str, **fields: Any) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.ask("GET", path, **fields).body)
        return parsed

    def order(self, amount: int = 50_000, **fields: Any) -> dict[str, Any]:
        """A new order."""
        return self.post("orders", amount=amount, **{"currency": "INR", "receipt": "r1", **fields})

    def paid(self, **fields: Any) -> dict[str, Any]:
        """A captured payment of a new order."""
        paid: dict[str, Any] = self.control(f"orders/{self.order(**fields)['id']}/pay")["object"]
        return paid

    def control(self, path: str, **order: Any) -> dict[str, Any]:
        given = obey(self.engine, method="POST", path=path, order=order, base_url="")
        assert given is not None, path
        return given

    def events(self) -> list[dict[str, Any]]:
        """The bodies of all events, oldest first."""
        with self.engine.store.read() as transaction:
            rows = transaction.rows(
                "SELECT body FROM objects WHERE gateway = 'razorpay' AND kind = 'event' ORDER BY seq"
            )
        return [json.loads(row["body"]) for row in rows]

    def names(self) -> list[str]:
        return [event["event"] for event in self.events()]

    def shift(self, seconds: float) -> None:
        clock = self.engine.clock
        clock.set(offset_s=clock.offset_s + seconds, signatures=clock.signatures)
        self.engine.run_timers()


@contextmanager
def bench(state: Path) -> Iterator[Bench]:
    """An engine over a fresh state file."""
    engine = build(config=replace(from_environment(environ=ENVIRON), state=state))
    engine.adopt_environment()
    try:
        yield Bench(engine)
    finally:
        engine.courier.discard()
        engine.store.close()
        engine.lock_file.close()
