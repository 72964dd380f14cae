"""What the sandbox shows has the shapes of Razorpay's documented samples, and the committed shapes are still theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from payments.sandbox.razorpay.tests.bench import Bench
from payments.sandbox.razorpay.tests.derive_shapes import FILE, derive, violations

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "samples"
SHAPES = json.loads(FILE.read_text(encoding="utf-8"))
# What a page of the documentation names and no sample shows: docs/webhooks/payments, "late_authorized".
NAMED_ELSEWHERE = {"late_authorized is not a key that Razorpay has"}


def departures(entity: dict[str, Any], name: str) -> set[str]:
    return set(violations(entity, SHAPES[name])) - NAMED_ELSEWHERE


def everything_that_happens(bench: Bench) -> None:
    """Each kind of object in each of its states."""
    order = bench.order(notes={"a": "b"})
    for method in ("4100280000080001", "netbanking", "4100280000001007"):
        bench.control(f"orders/{order['id']}/pay", method=method)
    payment = bench.paid()
    for status in ("pending", "processed"):
        bench.control("rules", refund_status=status, refund_count=1)
        bench.post(f"payments/{payment['id']}/refund", amount=100)
    failed = bench.post(f"payments/{payment['id']}/refund", amount=100)
    bench.control(f"refunds/{failed['id']}/fail")
    late = bench.control(f"orders/{bench.order()['id']}/pay", method="upi_collect")["object"]
    bench.control(f"payments/{late['id']}/fail")
    bench.control(f"payments/{late['id']}/authorize")
    bench.control(f"payments/{late['id']}/release")
    for verb, order in (("decide", {"won": True}), ("decide", {"won": False}), ("close", {}), ("require", {})):
        dispute = bench.control(f"payments/{bench.paid()['id']}/dispute")["object"]
        bench.control(f"disputes/{dispute['id']}/{verb}", **order)
    bench.ask("PATCH", f"disputes/{dispute['id']}/contest", summary="It arrived.", action="submit")


class TestShapes:
    def test_objects_are_faithful(self, bench: Bench) -> None:
        everything_that_happens(bench)
        for kind in ("order", "payment", "refund", "dispute"):
            for entity in bench.get(f"{kind}s", count=100)["items"]:
                assert departures(entity, kind) == set()
                if "card" in entity:
                    assert departures(entity["card"], "card") == set()

    def test_events_are_faithful(self, bench: Bench) -> None:
        everything_that_happens(bench)
        assert len(bench.names()) > 15
        for event in bench.events():
            assert departures(event, "event") == set()
            for kind, wrapped in event["payload"].items():
                assert departures(wrapped["entity"], kind) == set()

    def test_errors_are_faithful(self, bench: Bench) -> None:
        assert departures(bench.post("orders", amount=1, currency="INR")["error"], "error") == set()
        assert departures(bench.post("payments/pay_None/capture")["error"], "error") == set()

    def test_a_departure_would_be_seen(self) -> None:
        assert violations({"colour": "red"}, SHAPES["order"])
        assert "amount is str, not int" in violations({"amount": "1"}, SHAPES["order"])

    def test_are_those_of_the_samples(self) -> None:
        """Of those beside the checkout; where none lie, what was derived of them is all there is."""
        assert not SAMPLES.is_dir() or derive(SAMPLES) == SHAPES
