"""The account's numbers."""

from __future__ import annotations

from payments.sandbox.razorpay.rules import load_rules, take_refund_order
from payments.sandbox.razorpay.tests.bench import Bench


class TestRefundOrder:
    def test_is_counted_down(self, bench: Bench) -> None:
        bench.control("rules", refund_status="pending", refund_count=2)
        given = []
        for _ in range(3):
            with bench.engine.store.write() as transaction:
                given.append(take_refund_order(transaction, rules=load_rules(transaction)))
        assert given == ["pending", "pending", "processed"]
