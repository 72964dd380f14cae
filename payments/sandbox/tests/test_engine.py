"""The engine: timers that ring, and one that is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from payments.sandbox import engine as engine_module
from payments.sandbox.config import SandboxMisconfigured
from payments.sandbox.engine import PUT_OFF_S, build
from payments.sandbox.tests.in_process import Bench, bench_config
from payments.sandbox.timers import Timer, next_due_at, set_timer


class TestTimers:
    def test_a_broken_one_is_put_off_and_stops_no_other(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        now = bench.engine.clock.now()
        held = bench.post(
            "payment_intents",
            amount="500",
            currency="usd",
            capture_method="manual",
            payment_method="pm_card_visa",
            confirm="true",
        )["id"]
        with bench.engine.store.write() as transaction:
            set_timer(transaction, timer=Timer("stripe", "late_fee", "ch_none", now - 10))
            set_timer(transaction, timer=Timer("stripe", "authorization", held, now - 5))
        assert bench.get(f"payment_intents/{held}")["status"] == "canceled"
        with bench.engine.store.read() as transaction:
            put_off = next_due_at(transaction)
        assert put_off is not None
        assert put_off >= now + PUT_OFF_S
        assert "timer late_fee of ch_none failed" in caplog.text

    def test_what_it_wrote_before_it_broke_is_gone(self, bench: Bench) -> None:
        charge = bench.post(
            "payment_intents", amount="5000", currency="jpy", payment_method="pm_card_visa", confirm="true"
        )["latest_charge"]
        # The rate that there was when the charge was made has gone when its fee is due.
        bench.order("rules", settlement_currencies=["isk"])
        with bench.engine.store.write() as transaction:
            set_timer(transaction, timer=Timer("stripe", "late_fee", charge, bench.engine.clock.now() - 1))
        assert bench.get(f"charges/{charge}")["balance_transaction"] is None
        assert bench.get("balance_transactions")["data"] == []
        bench.order("rules", rates={"isk": "0.007"})
        bench.shift(PUT_OFF_S + 1)
        assert bench.get(f"charges/{charge}")["balance_transaction"].startswith("txn_")


class TestBuild:
    def test_one_process_holds_the_state_file(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(engine_module, "_LOCK_WITHIN_S", 0.05)
        with pytest.raises(SandboxMisconfigured, match="in use"):
            build(config=bench_config(tmp_path / "state.sqlite3"))


class TestReset:
    def test_forgets_everything_but_the_environment(self, bench: Bench) -> None:
        bench.post("customers", key="k1")
        bench.order("rules", fee_bps=1)
        bench.order("webhook", url="http://elsewhere.test/")
        bench.shift(3_600)
        bench.engine.reset()
        assert bench.get("customers")["data"] == []
        assert bench.engine.clock.offset_s == 0
        with bench.call() as call:
            assert call.rules.fee_bps == 290
            assert call.transaction.rows("SELECT * FROM idempotency") == []
        endpoint = bench.engine.stripe
        with bench.engine.store.read() as transaction:
            given = endpoint.outgoing(
                transaction, event_id="evt_none", endpoint_id="default", signature="", signed_at_s=1
            )
        assert given is None
