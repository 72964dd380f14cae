"""A request, its effects and its stored answer stand or fall together."""

from __future__ import annotations

import json

import pytest

from payments.sandbox import faults
from payments.sandbox.faults import Fault
from payments.sandbox.stripe import confirming
from payments.sandbox.tests.in_process import Bench

FIELDS = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}


class Broken(Exception):
    """Stands for a bug in a handler."""


class TestAtomicity:
    def test_a_bug_leaves_nothing_and_keeps_no_answer(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def break_after_storing(*args: object, **kwargs: object) -> None:
            raise Broken

        with monkeypatch.context() as patch:
            patch.setattr(confirming, "confirm", break_after_storing)
            answer = bench.ask("POST", "/v1/payment_intents", key="k1", **FIELDS)
        assert answer.status == 500
        assert "Broken" in caplog.text
        assert bench.get("payment_intents")["data"] == []
        assert bench.get("events")["data"] == []
        assert bench.ask("POST", "/v1/payment_intents", key="k1", **FIELDS).status == 200

    def test_a_decline_commits_what_led_to_it(self, bench: Bench) -> None:
        answer = bench.ask("POST", "/v1/payment_intents", **FIELDS | {"payment_method": "pm_card_chargeDeclined"})
        assert answer.status == 402
        told = json.loads(answer.body)["error"]["payment_intent"]["id"]
        assert [each["id"] for each in bench.get("payment_intents")["data"]] == [told]

    def test_a_refusal_of_parameters_commits_nothing(self, bench: Bench) -> None:
        # The payment was stored in the transaction before the bad expansion was read.
        answer = bench.ask("POST", "/v1/payment_intents", **FIELDS | {"expand[0]": "nothing"})
        assert answer.status == 400
        assert bench.get("payment_intents")["data"] == []
        with bench.call() as call:
            assert call.transaction.rows("SELECT * FROM effects") == []


class TestFaults:
    @pytest.mark.parametrize(
        ("stage", "stored", "key", "second", "charges"),
        [
            ("before", True, "k1", 500, 0),
            ("before", False, "k1", 200, 1),
            ("after", True, "k1", 500, 1),
            ("after", False, "k1", 200, 1),
            ("before", True, "", 200, 1),
            ("after", True, "", 200, 2),
        ],
    )
    def test_what_a_retry_finds(
        self, bench: Bench, stage: str, stored: bool, key: str, second: int, charges: int
    ) -> None:
        with bench.engine.store.write() as transaction:
            faults.add(transaction, fault=Fault(kind="error", status=500, stage=stage, stored=stored))
        assert bench.ask("POST", "/v1/payment_intents", key=key, **FIELDS).status == 500
        assert bench.ask("POST", "/v1/payment_intents", key=key, **FIELDS).status == second
        assert len(bench.get("charges")["data"]) == charges

    def test_reading_is_struck_too(self, bench: Bench) -> None:
        for stage in faults.STAGES:
            with bench.engine.store.write() as transaction:
                faults.add(transaction, fault=Fault(kind="error", status=500, stage=stage))
            assert bench.ask("GET", "/v1/balance").status == 500
        assert bench.ask("GET", "/v1/balance").status == 200

    def test_several_at_once(self, bench: Bench) -> None:
        with bench.engine.store.write() as transaction:
            faults.add(transaction, fault=Fault(kind="delay", delay_s=0.001, stage="after"))
            faults.add(transaction, fault=Fault(kind="lost_answer"))
        answer = bench.ask("POST", "/v1/payment_intents", key="k1", **FIELDS)
        assert answer.dropped
        again = bench.ask("POST", "/v1/payment_intents", key="k1", **FIELDS)
        assert (again.dropped, again.replayed, again.status) == (False, True, 200)
