"""The webhook: its signature, its id, its secrets, and the day after which it is switched off."""

from __future__ import annotations

import hashlib
import hmac

from payments.sandbox.gateways import Outgoing
from payments.sandbox.razorpay.endpoint import GIVES_UP_AFTER_S, retry_schedule
from payments.sandbox.razorpay.tests.bench import Bench


def outgoing(bench: Bench, *, manner: str = "") -> Outgoing | None:
    """The newest event on its way."""
    with bench.engine.store.read() as transaction:
        row = transaction.one("SELECT id FROM objects WHERE gateway = 'razorpay' AND kind = 'event' ORDER BY seq DESC")
        assert row is not None
        return bench.engine.razorpay.outgoing(
            transaction, event_id=row["id"], endpoint_id="default", signature=manner, signed_at_s=0
        )


def fail_to_deliver(bench: Bench) -> None:
    with bench.engine.store.write() as transaction:
        row = transaction.one("SELECT id FROM objects WHERE gateway = 'razorpay' AND kind = 'event' ORDER BY seq")
        assert row is not None
        bench.engine.razorpay.note_delivery(
            transaction, event_id=row["id"], undelivered=1, now=bench.engine.clock.now()
        )


class TestSignature:
    def test_is_over_the_bytes_with_the_first_secret(self, bench: Bench) -> None:
        bench.paid()
        sent = outgoing(bench)
        assert sent is not None
        expected = hmac.new(b"hook-newer", sent.body, hashlib.sha256).hexdigest()
        assert (sent.headers["X-Razorpay-Signature"], len(sent.headers["X-Razorpay-Event-Id"])) == (expected, 14)
        assert sent.url == "http://127.0.0.1:8000/webhooks/razorpay/"

    def test_a_bad_one_has_its_form(self, bench: Bench) -> None:
        bench.paid()
        good, bad = outgoing(bench), outgoing(bench, manner="bad")
        assert good is not None
        assert bad is not None
        assert good.body == bad.body
        assert good.headers["X-Razorpay-Signature"] != bad.headers["X-Razorpay-Signature"]

    def test_an_event_keeps_the_secret_under_which_it_was_made(self, bench: Bench) -> None:
        bench.paid()
        bench.control("webhook", secrets=["hook-newest"])
        sent = outgoing(bench)
        assert sent is not None
        assert sent.headers["X-Razorpay-Signature"] == hmac.new(b"hook-newer", sent.body, hashlib.sha256).hexdigest()


class TestSwitchingOff:
    def test_after_a_day_of_failures_nothing_is_sent_until_it_is_enabled(self, bench: Bench) -> None:
        bench.paid()
        bench.shift(GIVES_UP_AFTER_S - 60)
        fail_to_deliver(bench)
        assert outgoing(bench) is not None
        bench.shift(120)
        fail_to_deliver(bench)
        assert outgoing(bench) is None
        bench.paid()
        with bench.engine.store.read() as transaction:
            counted = transaction.one("SELECT COUNT(*) AS n FROM deliveries")
        assert counted is not None
        assert counted["n"] == 3  # of the first payment: what came later was never queued
        assert bench.control("webhook", enabled=True)["enabled"]
        assert outgoing(bench) is not None

    def test_retries_last_a_day(self) -> None:
        pauses = retry_schedule((2.0, 10.0))
        assert pauses[:3] == (2.0, 10.0, 20.0)
        assert GIVES_UP_AFTER_S <= sum(pauses) < 3 * GIVES_UP_AFTER_S
        assert sum(retry_schedule(())) >= GIVES_UP_AFTER_S
