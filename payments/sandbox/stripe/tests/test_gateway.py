"""Stripe behind the shared courier and timers."""

from __future__ import annotations

import json

import stripe

from payments.sandbox.tests.in_process import SECRET, Bench
from payments.sandbox.timers import Timer


class TestOutgoing:
    def test_is_signed_with_the_endpoint_s_secret(self, bench: Bench) -> None:
        bench.post("customers", name="Ada")
        event = bench.get("events")["data"][0]
        gateway = bench.engine.stripe
        with bench.engine.store.read() as transaction:
            given = gateway.outgoing(
                transaction, event_id=event["id"], endpoint_id="default", signature="", signed_at_s=1_700_000_000
            )
        assert given is not None
        assert given.url == "http://127.0.0.1:8000/webhooks/stripe/"
        assert json.loads(given.body)["id"] == event["id"]
        header = given.headers["Stripe-Signature"]
        assert header.startswith("t=1700000000,v1=")
        assert stripe.WebhookSignature.verify_header(given.body.decode(), header, SECRET, None)

    def test_says_one_pending_endpoint_in_the_body_it_sends(self, bench: Bench) -> None:
        bench.post("customers")
        event = bench.get("events")["data"][0]
        gateway = bench.engine.stripe
        with bench.engine.store.write() as transaction:
            gateway.note_delivery(transaction, event_id=event["id"], undelivered=0, now=0.0)
            given = gateway.outgoing(
                transaction, event_id=event["id"], endpoint_id="default", signature="", signed_at_s=1
            )
        assert given is not None
        assert json.loads(given.body)["pending_webhooks"] == 1
        assert bench.get(f"events/{event['id']}")["pending_webhooks"] == 0

    def test_of_an_endpoint_that_is_gone_is_nothing(self, bench: Bench) -> None:
        bench.post("customers")
        event = bench.get("events")["data"][0]
        with bench.engine.store.read() as transaction:
            for endpoint in ("we_none", "default"):
                given = bench.engine.stripe.outgoing(
                    transaction,
                    event_id=event["id"] if endpoint == "we_none" else "evt_none",
                    endpoint_id=endpoint,
                    signature="",
                    signed_at_s=1,
                )
                assert given is None


class TestRunTimer:
    def test_a_timer_that_came_too_late_does_nothing(self, bench: Bench) -> None:
        intent = bench.post(
            "payment_intents", amount="500", currency="usd", payment_method="pm_card_visa", confirm="true"
        )
        bench.order(f"charges/{intent['latest_charge']}/settle")
        before = len(bench.get("events", limit="100")["data"])
        with bench.engine.store.write() as transaction:
            for kind, object_id in (("late_fee", intent["latest_charge"]), ("authorization", intent["id"])):
                timer = Timer("stripe", kind, object_id, 0.0)
                bench.engine.stripe.run_timer(transaction, timer=timer, now=bench.engine.clock.now())
        assert len(bench.get("events", limit="100")["data"]) == before


class TestEvents:
    def test_are_listed_for_thirty_days(self, bench: Bench) -> None:
        bench.post("customers")
        bench.shift(30 * 24 * 60 * 60 - 60)
        assert len(bench.get("events")["data"]) == 1
        bench.shift(120)
        assert bench.get("events")["data"] == []
