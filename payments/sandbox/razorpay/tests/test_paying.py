"""A payment's ways: at once, in the end, late, never, and twice."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from payments.sandbox.razorpay.tests.bench import Bench
from payments.sandbox.razorpay.ways import WAYS


def pay(bench: Bench, order: dict[str, Any], method: str = "4100280000001007") -> dict[str, Any]:
    return bench.control(f"orders/{order['id']}/pay", method=method)


class TestPay:
    def test_is_authorised_captured_and_tells_it(self, bench: Bench) -> None:
        payment = bench.paid()
        assert (payment["status"], payment["captured"], payment["fee"], payment["tax"]) == (
            "captured",
            True,
            1_180,
            180,
        )
        assert bench.names() == ["payment.authorized", "payment.captured", "order.paid"]
        order = bench.get(f"orders/{payment['order_id']}")
        assert (order["status"], order["amount_paid"], order["amount_due"], order["attempts"]) == ("paid", 50_000, 0, 1)

    def test_checkout_hands_over_a_signature_with_the_api_secret(self, bench: Bench) -> None:
        proof = pay(bench, bench.order())["checkout"]
        signed = f"{proof['razorpay_order_id']}|{proof['razorpay_payment_id']}".encode()
        assert proof["razorpay_signature"] == hmac.new(b"bench-secret", signed, hashlib.sha256).hexdigest()

    @pytest.mark.parametrize("method", [name for name, way in WAYS.items() if way.failure])
    def test_test_values_fail_for_their_reason(self, bench: Bench, method: str) -> None:
        payment = pay(bench, bench.order(), method)["object"]
        assert (payment["status"], payment["error_reason"]) == ("failed", WAYS[method].failure)
        assert bench.names() == ["payment.failed"]

    def test_of_a_paid_order_is_refused(self, bench: Bench) -> None:
        order = bench.order()
        pay(bench, order)
        assert pay(bench, order)["error"]["field"] == "order_id"

    def test_begun_before_the_order_was_paid_is_refunded_at_once(self, bench: Bench) -> None:
        order = bench.order()
        slow = pay(bench, order, "upi_collect")["object"]
        pay(bench, order)
        bench.control(f"payments/{slow['id']}/authorize")
        again = bench.get(f"payments/{slow['id']}")
        assert (again["status"], again["captured"], again["refund_status"]) == ("refunded", False, "full")
        assert bench.names()[-3:] == ["payment.authorized", "refund.created", "refund.processed"]
        assert bench.events()[-1]["payload"]["payment"]["entity"]["captured"] is False


class TestLate:
    def test_without_the_banks_answer_it_is_failed_and_may_be_authorised_late(self, bench: Bench) -> None:
        payment = pay(bench, bench.order(), "netbanking")["object"]
        bench.shift(12 * 60 + 1)
        assert bench.get(f"payments/{payment['id']}")["error_reason"] == "payment_timed_out"
        bench.control(f"payments/{payment['id']}/authorize")
        late = bench.get(f"payments/{payment['id']}")
        assert (late["status"], late["late_authorized"], late["error_reason"]) == ("authorized", True, None)
        assert bench.names() == ["payment.failed", "payment.authorized"]

    def test_what_is_not_captured_in_time_goes_back_by_itself(self, bench: Bench) -> None:
        payment = pay(bench, bench.order(payment_capture=False))["object"]
        bench.shift(3 * 86_400 - 60)
        assert bench.get(f"payments/{payment['id']}")["status"] == "authorized"
        bench.shift(120)
        assert bench.get(f"payments/{payment['id']}")["status"] == "refunded"


class TestCapture:
    def test_takes_all_of_it_once(self, bench: Bench) -> None:
        payment = pay(bench, bench.order(payment_capture=False))["object"]
        path = f"payments/{payment['id']}/capture"
        assert "equal" in bench.post(path, amount=1, currency="INR")["error"]["description"]
        assert "currency" in bench.post(path, amount=50_000, currency="USD")["error"]["description"]
        assert bench.post(path, amount=50_000, currency="INR")["status"] == "captured"
        assert "already been captured" in bench.post(path, amount=50_000, currency="INR")["error"]["description"]

    def test_only_what_is_authorised(self, bench: Bench) -> None:
        payment = pay(bench, bench.order(), "upi_collect")["object"]
        assert (
            "authorized"
            in bench.post(f"payments/{payment['id']}/capture", amount=50_000, currency="INR")["error"]["description"]
        )
