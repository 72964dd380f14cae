"""Events: the envelope, the id beside it, and the queue."""

from __future__ import annotations

import json

from payments.sandbox.objects import Objects
from payments.sandbox.razorpay.events import wire_body
from payments.sandbox.razorpay.tests.bench import Bench


class TestEmit:
    def test_names_what_it_contains(self, bench: Bench) -> None:
        bench.paid()
        paid = bench.events()[-1]
        assert (paid["entity"], paid["event"], paid["contains"]) == ("event", "order.paid", ["payment", "order"])
        assert paid["payload"]["order"]["entity"]["status"] == "paid"
        assert "id" not in paid  # it travels in a header

    def test_shows_the_object_as_it_was_then(self, bench: Bench) -> None:
        bench.paid()
        statuses = [event["payload"]["payment"]["entity"]["status"] for event in bench.events()]
        assert statuses == ["authorized", "captured", "captured"]

    def test_is_the_same_bytes_at_every_attempt(self, bench: Bench) -> None:
        bench.paid()
        with bench.engine.store.read() as transaction:
            found = Objects(transaction, "razorpay").all(kind="event")
        assert all(wire_body(each) == wire_body(each) and json.loads(wire_body(each)) == each.body for each in found)

    def test_without_an_endpoint_it_is_kept_and_not_queued(self, bench: Bench) -> None:
        bench.control("webhook", url="")
        bench.paid()
        assert len(bench.events()) == 3
        with bench.engine.store.read() as transaction:
            assert transaction.rows("SELECT 1 FROM deliveries") == []
