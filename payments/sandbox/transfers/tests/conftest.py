"""A transfer provider at an engine of the test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from payments.sandbox.engine import Engine
from payments.sandbox.json_doors import ApiAnswer, ApiRequest
from payments.sandbox.testing import TRANSFERS
from payments.sandbox.tests.in_process import bench
from payments.sandbox.transfers.control import obey
from payments.sandbox.transfers.door import DOOR

KEY = TRANSFERS["TRANSFER_SANDBOX_API_KEY"]


class Desk:
    """Asks the engine as HTTP would, and orders as the control endpoint would."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def ask(self, method: str, path: str = "", *, key: str = KEY, **params: Any) -> ApiAnswer:
        raw = json.dumps(params) if method == "POST" else urlencode(params)
        request = ApiRequest(method, f"/api/ticket-transfers{path}", raw, authorization=f"Bearer {key}")
        return DOOR.answer(engine=self.engine, request=request)

    def wanted(self, reference: str = "tt_1", **changes: Any) -> dict[str, Any]:
        now = datetime.fromtimestamp(self.engine.clock.now(), tz=UTC)
        return {
            "reference": reference,
            "tickets": [{"id": "tkt_1", "secret": "BAR-1"}, {"id": "tkt_2", "secret": "BAR-2"}],
            "recipient": {"email": "ann@example.com"},
            "expiresAt": (now + timedelta(hours=1)).isoformat(),
            **changes,
        }

    def made(self, reference: str = "tt_1") -> dict[str, Any]:
        given = self.ask("POST", **self.wanted(reference))
        assert given.status == 200, given
        return given.body

    def order(self, path: str, **order: Any) -> dict[str, Any]:
        given = obey(self.engine, method="POST", path=path, order=order, base_url="")
        assert given is not None, path
        return given

    def types(self) -> list[str]:
        found = obey(self.engine, method="GET", path="events", order={}, base_url="")
        assert found is not None
        return [each["type"] for each in reversed(found["events"])]

    def secret_of(self, transfer_id: str) -> str:
        with self.engine.store.read() as transaction:
            stored = self.engine.transfers.call(transaction, now=0).find("ticket_transfer", transfer_id)
        assert stored is not None
        secret: str = stored.hidden["secret"]
        return secret

    def shift(self, seconds: float) -> None:
        clock = self.engine.clock
        clock.set(offset_s=clock.offset_s + seconds, signatures=clock.signatures)
        self.engine.run_timers()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    environ = {**TRANSFERS, "SANDBOX_TRANSFER_WEBHOOK_URL": "http://shop.test/webhooks/transfer/sandbox/"}
    with bench(tmp_path / "state.sqlite3", environ=environ) as opened:
        yield Desk(opened.engine)
