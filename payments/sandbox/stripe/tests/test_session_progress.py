"""A session in step with its payment, told once for each step."""

from __future__ import annotations

import pytest

from payments.sandbox.tests.in_process import Bench

LINES = {
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "700",
    "line_items[0][price_data][product_data][name]": "Tea",
}


def _session(bench: Bench, **fields: str) -> str:
    made = bench.post("checkout/sessions", mode="payment", success_url="https://shop.test/ok", **LINES, **fields)
    return str(made["id"])


def _told(bench: Bench) -> list[str]:
    events = bench.get("events", limit="100", type="checkout.session.*")["data"]
    return [each["type"].removeprefix("checkout.session.") for each in reversed(events)]


class TestFollow:
    @pytest.mark.parametrize(
        ("method", "steps", "status", "payment_status", "told"),
        [
            ("pm_card_visa", [], "complete", "paid", ["completed"]),
            ("pm_card_chargeDeclined", [], "open", "unpaid", []),
            ("pm_card_threeDSecureRequired", [], "open", "unpaid", []),
            ("pm_card_threeDSecureRequired", [("authenticate", True)], "complete", "paid", ["completed"]),
            ("pm_card_threeDSecureRequired", [("authenticate", False)], "open", "unpaid", []),
            ("pm_usBankAccount", [], "complete", "unpaid", ["completed"]),
            (
                "pm_usBankAccount",
                [("finish", True)],
                "complete",
                "paid",
                ["completed", "async_payment_succeeded"],
            ),
            (
                "pm_usBankAccount",
                [("finish", False)],
                "complete",
                "unpaid",
                ["completed", "async_payment_failed"],
            ),
        ],
    )
    def test_each_way_through(
        self,
        bench: Bench,
        method: str,
        steps: list[tuple[str, bool]],
        status: str,
        payment_status: str,
        told: list[str],
    ) -> None:
        session = _session(bench)
        bench.order(f"sessions/{session}/pay", payment_method=method)
        intent = bench.get(f"checkout/sessions/{session}")["payment_intent"]
        for verb, succeeds in steps:
            bench.order(f"payment_intents/{intent}/{verb}", succeeds=succeeds)
        now = bench.get(f"checkout/sessions/{session}")
        assert (now["status"], now["payment_status"]) == (status, payment_status)
        assert (now["url"] is None) is (status != "open")
        assert _told(bench) == told

    def test_a_later_method_of_a_returned_payment_is_not_told_as_the_bank_s_answer(self, bench: Bench) -> None:
        session = _session(bench)
        bench.order(f"sessions/{session}/pay", payment_method="pm_usBankAccount")
        intent = bench.get(f"checkout/sessions/{session}")["payment_intent"]
        bench.order(f"payment_intents/{intent}/finish", succeeds=False)
        bench.order(f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")
        assert bench.get(f"checkout/sessions/{session}")["payment_status"] == "paid"
        assert _told(bench) == ["completed", "async_payment_failed"]

    def test_a_payment_without_a_session_tells_of_none(self, bench: Bench) -> None:
        bench.post("payment_intents", amount="500", currency="usd", payment_method="pm_card_visa", confirm="true")
        assert _told(bench) == []
