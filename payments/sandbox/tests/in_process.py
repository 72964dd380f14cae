"""An engine inside the test's own process, without HTTP and without background threads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from payments.sandbox.config import SandboxConfig, from_environment
from payments.sandbox.doors import ApiAnswer
from payments.sandbox.engine import Engine, build
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.control import obey
from payments.sandbox.stripe.door import ApiRequest, answer

SECRET = "whsec_in_process"


def bench_config(state: Path, environ: Mapping[str, str] | None = None) -> SandboxConfig:
    """Late fees and references by order only, and an endpoint that nobody delivers to."""
    given = {"SANDBOX_STRIPE_LATE_FEE_S": "manual", "STRIPE_WEBHOOK_SECRET": SECRET, **(environ or {})}
    return replace(from_environment(environ=given), state=state)


class Bench:
    """Asks the engine as HTTP would, and orders as the control endpoint would."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def ask(self, method: str, path: str, *, key: str = "", **fields: str) -> ApiAnswer:
        request = ApiRequest(
            method=method,
            path=path,
            form=urlencode(fields),
            api_key="sk_test_in_process",
            idempotency_key=key,
            base_url="http://sandbox.test",
        )
        return answer(engine=self.engine, request=request)

    def post(self, path: str, *, key: str = "", **fields: str) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.ask("POST", f"/v1/{path}", key=key, **fields).body)
        return parsed

    def get(self, path: str, **fields: str) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.ask("GET", f"/v1/{path}", **fields).body)
        return parsed

    def order(self, path: str, **order: object) -> dict[str, Any]:
        given = obey(self.engine, method="POST", path=path, order=dict(order), base_url="http://sandbox.test")
        assert given is not None, path
        return given

    def shift(self, seconds: float) -> None:
        clock = self.engine.clock
        clock.set(offset_s=clock.offset_s + seconds, signatures=clock.signatures)
        self.engine.run_timers()

    @contextmanager
    def call(self) -> Iterator[Call]:
        """A call in an open write transaction."""
        with self.engine.store.write() as transaction:
            yield self.engine.stripe.call(transaction, now=self.engine.clock.now())


@contextmanager
def bench(state: Path, *, environ: Mapping[str, str] | None = None) -> Iterator[Bench]:
    """An engine over a fresh state file."""
    engine = build(config=bench_config(state, environ))
    engine.adopt_environment()
    try:
        yield Bench(engine)
    finally:
        engine.courier.discard()
        engine.store.close()
        engine.lock_file.close()
