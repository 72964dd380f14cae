"""Its events are signed for its own webhook, and have the shapes of the documented samples."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from payments.sandbox.objects import Objects
from payments.sandbox.razorpay.endpoint import BANKING
from payments.sandbox.razorpay.tests.derive_shapes import FILE, violations
from payments.sandbox.razorpay.x.outcomes import WORDS, account_number, reasons_of
from payments.sandbox.razorpay.x.tests.conftest import NUMBER, Banking

# No notes at all are a list, as everywhere at Razorpay; of a payout only the sample inside a transaction shows it.
NAMED_ELSEWHERE = {"notes is array, not object"}
SHAPES = json.loads(FILE.read_text(encoding="utf-8"))


def departures(entity: dict[str, Any], kind: str) -> set[str]:
    return set(violations(entity, SHAPES[kind])) - NAMED_ELSEWHERE


def everything_that_happens(x: Banking) -> None:
    x.fund()
    for word in WORDS:
        x.payout(account_number(word, reasons_of(word)[0]))
    payout = x.payout()
    x.bench.control("dashboard_payout", fund_account_id=payout["fund_account_id"], amount=100)
    for number in ("765432123456789", "99981000000", "99982000000"):
        given: dict[str, Any] = {
            "account_number": NUMBER,
            "fund_account": {"id": x.fund_account(number)},
            "amount": 100,
        }
        x.post("fund_accounts/validations", currency="INR", **given)
    x.bench.engine.run_timers()


class TestShapes:
    def test_events_are_faithful(self, x: Banking) -> None:
        everything_that_happens(x)
        assert len({each["event"] for each in x.bench.events()}) >= 9
        for event in x.bench.events():
            assert departures(event, "event") == set()
            for kind, wrapped in event["payload"].items():
                assert departures(wrapped["entity"], kind) == set(), (event["event"], kind)

    def test_objects_are_faithful(self, x: Banking) -> None:
        everything_that_happens(x)
        for path, kind in (("contacts", "contact"), ("fund_accounts", "fund_account")):
            for entity in x.get(path, count=100)["items"]:
                assert departures(entity, kind) == set()
        for path, kind in (("payouts", "payout"), ("transactions", "transaction")):
            for entity in x.get(path, account_number=NUMBER, count=100)["items"]:
                assert departures(entity, kind) == set()

    def test_errors_are_faithful(self, x: Banking) -> None:
        assert departures(x.payout(key="")["error"], "error") == set()
        assert departures(x.post("contacts", name="A Person", type="friend")["error"], "error") == set()


class TestSignature:
    def test_is_of_its_own_secret(self, x: Banking) -> None:
        x.fund()
        engine = x.bench.engine
        with engine.store.write() as transaction:
            row = transaction.one("SELECT event_id, endpoint_id FROM deliveries WHERE gateway = 'razorpay'")
            assert row is not None
            outgoing = engine.razorpay.outgoing(
                transaction, event_id=row["event_id"], endpoint_id=row["endpoint_id"], signature="", signed_at_s=0
            )
            event = Objects(transaction, "razorpay").get(kind="event", object_id=row["event_id"])
        assert row["endpoint_id"] == BANKING
        assert event is not None
        assert outgoing is not None
        expected = hmac.new(b"hook-x", outgoing.body, hashlib.sha256).hexdigest()
        assert outgoing.headers["X-Razorpay-Signature"] == expected
        assert outgoing.url.endswith("/webhooks/razorpay/")

    def test_switching_it_off_leaves_that_of_payments_on(self, x: Banking) -> None:
        x.bench.control("banking_webhook", enabled=False)
        x.fund()
        x.bench.order()
        x.bench.paid()
        with x.bench.engine.store.read() as transaction:
            rows = transaction.rows("SELECT DISTINCT endpoint_id FROM deliveries")
        assert [row["endpoint_id"] for row in rows] == ["default"]

    def test_a_day_without_an_answer_switches_it_off(self, x: Banking) -> None:
        x.fund()
        event = x.bench.events()[0]
        engine = x.bench.engine
        with engine.store.write() as transaction:
            row = transaction.one("SELECT event_id FROM deliveries")
            assert row is not None
            engine.razorpay.note_delivery(
                transaction, event_id=row["event_id"], undelivered=1, now=event["created_at"] + 24 * 3600
            )
        with engine.store.read() as transaction:
            off = transaction.one("SELECT value FROM meta WHERE key = 'razorpay_x_webhook'")
            on = transaction.one("SELECT value FROM meta WHERE key = 'razorpay_webhook'")
        assert off is not None
        assert on is not None
        assert (json.loads(off["value"])["enabled"], json.loads(on["value"])["enabled"]) == (False, True)
