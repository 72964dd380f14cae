"""Keys, paths, faults, and the one header that makes a call repeatable."""

from __future__ import annotations

import json

import pytest

from payments.sandbox import faults
from payments.sandbox.faults import Fault
from payments.sandbox.razorpay.tests.bench import Bench

KEY = "refund-key-1"


class TestKey:
    def test_of_nobody_opens_nothing(self, bench: Bench) -> None:
        given = bench.ask("GET", "orders", secret="wrong")
        assert (given.status, json.loads(given.body)["error"]["description"]) == (401, "Authentication failed")

    def test_every_answer_names_its_request(self, bench: Bench) -> None:
        assert bench.ask("GET", "orders").headers["X-Razorpay-Request-Id"].startswith("req_")


class TestPath:
    def test_of_nothing_is_404(self, bench: Bench) -> None:
        assert bench.ask("GET", "nothing").status == 404
        assert bench.ask("DELETE", "orders").status == 404

    def test_of_an_id_that_is_not_there_is_400(self, bench: Bench) -> None:
        given = bench.ask("GET", "orders/order_None")
        assert (given.status, json.loads(given.body)["error"]["description"]) == (400, "The id provided does not exist")


class TestRefundKey:
    def test_the_same_request_again_is_the_same_refund(self, bench: Bench) -> None:
        payment = bench.paid()
        one = bench.post(f"payments/{payment['id']}/refund", key=KEY, amount=100)
        again = bench.ask("POST", f"payments/{payment['id']}/refund", key=KEY, amount=100)
        assert (json.loads(again.body), again.replayed) == (one, True)
        assert bench.get(f"payments/{payment['id']}/refunds")["count"] == 1

    def test_another_request_under_it_is_refused(self, bench: Bench) -> None:
        payment = bench.paid()
        bench.post(f"payments/{payment['id']}/refund", key=KEY, amount=100)
        given = bench.ask("POST", f"payments/{payment['id']}/refund", key=KEY, amount=200)
        assert (given.status, json.loads(given.body)["error"]["reason"]) == (409, "NA")

    def test_of_a_refusal_nothing_is_kept(self, bench: Bench) -> None:
        payment = bench.paid()
        assert bench.ask("POST", f"payments/{payment['id']}/refund", key=KEY, amount=10**9).status == 400
        assert bench.ask("POST", f"payments/{payment['id']}/refund", key=KEY, amount=100).status == 200

    @pytest.mark.parametrize("key", ["short", "with space key", "x" * 256])
    def test_of_another_form_is_refused(self, bench: Bench, key: str) -> None:
        assert bench.ask("POST", f"payments/{bench.paid()['id']}/refund", key=key, amount=100).status == 400

    def test_at_other_calls_means_nothing(self, bench: Bench) -> None:
        one, two = (bench.post("orders", key=KEY, amount=100, currency="INR") for _ in range(2))
        assert one["id"] != two["id"]


class TestFaults:
    def order_fault(self, bench: Bench, **rule: object) -> None:
        with bench.engine.store.write() as transaction:
            faults.add(transaction, fault=Fault(gateway="razorpay", **rule))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("status", "code"), [(429, "BAD_REQUEST_ERROR"), (500, "SERVER_ERROR"), (502, "GATEWAY_ERROR")]
    )
    def test_an_error_before_executes_nothing(self, bench: Bench, status: int, code: str) -> None:
        self.order_fault(bench, kind="error", status=status, stage="before")
        given = bench.ask("POST", "orders", amount=100, currency="INR")
        assert (given.status, json.loads(given.body)["error"]["code"]) == (status, code)
        assert bench.get("orders")["count"] == 0

    def test_an_error_after_hides_what_was_done(self, bench: Bench) -> None:
        self.order_fault(bench, kind="error", status=500, stage="after")
        assert bench.ask("POST", "orders", amount=100, currency="INR").status == 500
        assert bench.get("orders")["count"] == 1

    @pytest.mark.parametrize(("kind", "made"), [("lost_answer", 1), ("refuse", 0)])
    def test_a_connection_is_cut_after_or_before(self, bench: Bench, kind: str, made: int) -> None:
        self.order_fault(bench, kind=kind)
        assert bench.ask("POST", "orders", amount=100, currency="INR").dropped
        assert bench.get("orders")["count"] == made
