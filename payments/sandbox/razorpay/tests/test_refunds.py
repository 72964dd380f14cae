"""Refunds: in parts, never more than there is, failed after all."""

from __future__ import annotations

from payments.sandbox.razorpay.tests.bench import Bench


class TestCreate:
    def test_in_parts_up_to_the_whole(self, bench: Bench) -> None:
        payment = bench.paid()
        path = f"payments/{payment['id']}/refund"
        assert bench.post(path, amount=30_000)["status"] == "processed"
        seen = bench.get(f"payments/{payment['id']}")
        assert (seen["status"], seen["refund_status"], seen["amount_refunded"]) == ("captured", "partial", 30_000)
        assert "greater" in bench.post(path, amount=20_001)["error"]["description"]
        assert bench.post(path)["amount"] == 20_000
        seen = bench.get(f"payments/{payment['id']}")
        assert (seen["status"], seen["refund_status"], seen["captured"]) == ("refunded", "full", True)
        assert "fully refunded" in bench.post(path, amount=1)["error"]["description"]
        assert bench.get(f"orders/{payment['order_id']}")["status"] == "paid"

    def test_of_what_was_not_captured_is_refused(self, bench: Bench) -> None:
        order = bench.order(payment_capture=False)
        payment = bench.control(f"orders/{order['id']}/pay")["object"]
        assert "captured" in bench.post(f"payments/{payment['id']}/refund", amount=100)["error"]["description"]

    def test_an_instant_one_may_fall_back(self, bench: Bench) -> None:
        payment = bench.paid()
        refund = bench.post(f"payments/{payment['id']}/refund", amount=2_468, speed="optimum")
        assert (refund["speed_requested"], refund["speed_processed"]) == ("optimum", "normal")
        assert bench.names()[-3:] == ["refund.created", "refund.speed_changed", "refund.processed"]


class TestLater:
    def test_one_that_waits_is_processed_by_order(self, bench: Bench) -> None:
        payment = bench.paid()
        bench.control("rules", refund_status="pending", refund_count=1)
        refund = bench.post(f"payments/{payment['id']}/refund", amount=100)
        assert (refund["status"], refund["acquirer_data"]) == ("pending", {"arn": None})
        bench.control(f"refunds/{refund['id']}/process")
        seen = bench.get(f"refunds/{refund['id']}")
        assert (seen["status"], bool(seen["acquirer_data"]["arn"])) == ("processed", True)

    def test_one_that_fails_is_counted_no_more(self, bench: Bench) -> None:
        payment = bench.paid()
        refund = bench.post(f"payments/{payment['id']}/refund")
        bench.control(f"refunds/{refund['id']}/fail")
        seen = bench.get(f"payments/{payment['id']}")
        assert (seen["status"], seen["refund_status"], seen["amount_refunded"]) == ("captured", None, 0)
        assert bench.names()[-1] == "refund.failed"
        assert bench.control(f"refunds/{refund['id']}/fail")["error"]
