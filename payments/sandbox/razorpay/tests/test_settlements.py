"""Settlements: made of what was not settled yet, once, and told line by line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from payments.sandbox.razorpay.settlements import IST
from payments.sandbox.razorpay.tests.bench import Bench


def lines(bench: Bench, **changes: Any) -> list[dict[str, Any]]:
    today = datetime.fromtimestamp(bench.engine.clock.now(), tz=IST)
    asked = {"year": today.year, "month": today.month, "day": today.day, "count": 100, **changes}
    found: list[dict[str, Any]] = bench.get("settlements/recon/combined", **asked)["items"]
    return found


class TestSettle:
    def test_takes_everything_once(self, bench: Bench) -> None:
        payment = bench.paid()
        bench.post(f"payments/{payment['id']}/refund", amount=10_000)
        settlement = bench.control("settle")["object"]
        assert settlement["amount"] == 50_000 - 1_180 - 10_000
        assert bench.get(f"settlements/{settlement['id']}") == settlement
        assert bench.get("settlements")["items"] == [settlement]
        assert bench.names()[-1] == "settlement.processed"
        assert bench.control("settle")["object"] is None

    def test_what_came_back_and_what_was_deducted_are_adjustments(self, bench: Bench) -> None:
        first, second = (bench.paid() for _ in range(2))
        refund = bench.post(f"payments/{first['id']}/refund", amount=10_000)
        bench.control(f"refunds/{refund['id']}/fail")
        dispute = bench.control(f"payments/{second['id']}/dispute", amount=20_000)["object"]
        bench.control(f"disputes/{dispute['id']}/decide", won=False)
        bench.control("settle")
        kinds = sorted((each["type"], each["credit"], each["debit"]) for each in lines(bench))
        assert kinds == [
            ("adjustment", 0, 20_000), ("adjustment", 10_000, 0), *[("payment", 48_820, 0)] * 2, ("refund", 0, 10_000)
        ]  # fmt: skip


class TestRecon:
    def test_is_of_its_day_and_a_page_at_a_time(self, bench: Bench) -> None:
        for _ in range(3):
            bench.paid()
        bench.control("settle")
        every = [each["entity_id"] for each in lines(bench)]
        assert len(every) == 3
        assert [each["entity_id"] for each in lines(bench, count=2, skip=1)] == every[1:]
        assert lines(bench, year=2020) == []

    @pytest.mark.parametrize("wrong", [{"month": 13}, {"day": 31}, {"count": 1_001}])
    def test_of_no_day_is_refused(self, bench: Bench, wrong: dict[str, int]) -> None:
        asked = {"year": 2026, "month": 2, "day": 1, **wrong}
        assert bench.get("settlements/recon/combined", **asked)["error"]["field"] == next(iter(wrong))
