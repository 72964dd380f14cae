"""What a fault does to a request, at whichever gateway's door it strikes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from payments.sandbox import doors, faults
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.tests.in_process import bench


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with bench(tmp_path / "state.sqlite3") as running:
        yield running.engine


def order(engine: Engine, **rule: Any) -> None:
    with engine.store.write() as transaction:
        faults.add(transaction, fault=faults.from_json(order=rule))


class TestStrike:
    def strike(self, engine: Engine, **changes: str) -> list[str]:
        request = {"gateway": "razorpay", "method": "POST", "path": "/v1/orders", "key": "k1", **changes}
        return [fault.kind for fault in doors.strike(engine, **request)]

    def test_nothing_is_ordered(self, engine: Engine) -> None:
        assert self.strike(engine) == []

    def test_strikes_as_often_as_it_was_ordered(self, engine: Engine) -> None:
        order(engine, kind="error", status=503, count=2)
        assert [self.strike(engine) for _ in range(3)] == [["error"], ["error"], []]

    @pytest.mark.parametrize(
        "other", [{"gateway": "stripe"}, {"method": "GET"}, {"path": "/v1/refunds"}, {"key": "k2"}]
    )
    def test_strikes_nobody_else(self, engine: Engine, other: dict[str, str]) -> None:
        order(engine, kind="refuse", gateway="razorpay", method="POST", path="/v1/orders", key="k1")
        assert self.strike(engine, **other) == []
        assert self.strike(engine) == ["refuse"]


class TestWhatItDoes:
    STRUCK = (
        Fault(kind="delay", stage="before", delay_s=0.05),
        Fault(kind="error", stage="after", status=500),
        Fault(kind="error", stage="after", status=503),
    )

    def test_the_first_error_of_a_stage_counts(self) -> None:
        error = doors.ordered_error(list(self.STRUCK), "after")
        assert error is not None
        assert error.status == 500
        assert doors.ordered_error(list(self.STRUCK), "before") is None

    @pytest.mark.parametrize(("kind", "refused", "lost"), [("refuse", True, False), ("lost_answer", False, True)])
    def test_cuts_the_connection_before_or_after(self, kind: str, refused: bool, lost: bool) -> None:
        struck = [*self.STRUCK, Fault(kind=kind)]
        assert (doors.is_refused(struck), doors.is_lost(struck)) == (refused, lost)
        assert not doors.is_refused(list(self.STRUCK))
        assert not doors.is_lost(list(self.STRUCK))

    def test_waits_in_its_own_stage(self) -> None:
        started = time.monotonic()
        doors.wait_for(struck=list(self.STRUCK), stage="before")
        assert time.monotonic() - started >= 0.05


class TestWriteDown:
    def test_leaves_a_line_in_the_journal(self, engine: Engine) -> None:
        order(engine, kind="lost_answer")
        struck = doors.strike(engine, gateway="phonepe", method="POST", path="/pay", key="MO1")
        doors.write_down(
            engine, gateway="phonepe", method="POST", path="/pay", params={"amount": 100}, key="MO1",
            request_id="req_1", status=0, struck=struck,
        )  # fmt: skip
        with engine.store.read() as transaction:
            (row,) = transaction.rows("SELECT * FROM requests")
        assert (row["gateway"], row["path"], row["idempotency_key"], row["status"]) == ("phonepe", "/pay", "MO1", 0)
        assert (row["params"], row["faults"]) == ('{"amount": 100}', f"[{struck[0].id}]")
