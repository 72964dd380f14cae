"""The sandbox's queue of webhooks: what faults make of an event, when it is sent, and what an attempt came to."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox import deliveries, faults
from payments.sandbox.deliveries import Delivery
from payments.sandbox.store import Store, Transaction

NOW = 1_000.0


def order(transaction: Transaction, kind: str, **rule: Any) -> None:
    faults.add(transaction, fault=faults.from_json(order={"kind": kind, **rule}))


def enqueue(transaction: Transaction, event_id: str = "evt_1", *, endpoint_id: str = "we_1", **changes: Any) -> None:
    given: dict[str, Any] = {"gateway": "stripe", "event_type": "charge.updated", "now": NOW, **changes}
    deliveries.enqueue(transaction, event_id=event_id, endpoint_id=endpoint_id, **given)


def due(transaction: Transaction, *, now: float = NOW) -> list[str]:
    return [each.event_id for each in deliveries.due(transaction, now=now, limit=10)]


def attempt(transaction: Transaction, delivery: Delivery, status: int | None, *, now: float = NOW) -> str:
    return deliveries.record_attempt(
        transaction, delivery=delivery, status=status, error="", retry_after_s=(5.0, 60.0), now=now
    )


class TestEnqueue:
    def test_is_due_at_once_and_unsigned_by_no_fault(self, store: Store) -> None:
        with store.write() as transaction:
            enqueue(transaction)
            (delivery,) = deliveries.due(transaction, now=NOW, limit=10)
        assert (delivery.event_id, delivery.endpoint_id, delivery.attempts, delivery.signature) == (
            "evt_1", "we_1", 0, "",
        )  # fmt: skip

    def test_a_delay_makes_it_wait(self, store: Store) -> None:
        with store.write() as transaction:
            order(transaction, "webhook_delay", delay_s=30)
            enqueue(transaction)
            assert deliveries.next_due_at(transaction) == NOW + 30
            assert (due(transaction), due(transaction, now=NOW + 30)) == ([], ["evt_1"])

    def test_a_duplicate_makes_several(self, store: Store) -> None:
        with store.write() as transaction:
            order(transaction, "webhook_duplicate", copies=3)
            enqueue(transaction)
            assert due(transaction) == ["evt_1"] * 3

    def test_a_drop_never_sends_it(self, store: Store) -> None:
        with store.write() as transaction:
            order(transaction, "webhook_drop")
            enqueue(transaction)
            assert due(transaction, now=NOW + 9_999) == []
            counts = deliveries.listing(transaction, state="", event_type="", event_id="", limit=9)["counts"]
        assert counts == {"dropped": 1}

    @pytest.mark.parametrize("manner", ["bad", "stale"])
    def test_a_fault_spoils_its_signature(self, store: Store, manner: str) -> None:
        with store.write() as transaction:
            order(transaction, f"webhook_{manner}_signature")
            enqueue(transaction)
            enqueue(transaction, "evt_2")
            signatures = [each.signature for each in deliveries.due(transaction, now=NOW, limit=10)]
        assert signatures == [manner, ""]

    def test_a_batch_waits_until_it_is_full_and_is_sent_last_first(self, store: Store) -> None:
        with store.write() as transaction:
            order(transaction, "webhook_reorder", batch=3)
            enqueue(transaction, "evt_1")
            enqueue(transaction, "evt_2")
            assert due(transaction) == []
            enqueue(transaction, "evt_3")
            sent = []
            for _ in range(3):
                (delivery,) = deliveries.due(transaction, now=NOW, limit=10)  # each waits for the one before it
                attempt(transaction, delivery, 200)
                sent.append(delivery.event_id)
        assert sent == ["evt_3", "evt_2", "evt_1"]


class TestDue:
    def test_the_oldest_first_and_so_many_at_a_time(self, store: Store) -> None:
        with store.write() as transaction:
            for number, now in ((1, NOW), (2, NOW - 5), (3, NOW + 1)):
                enqueue(transaction, f"evt_{number}", now=now)
            assert due(transaction) == ["evt_2", "evt_1"]
            assert [each.event_id for each in deliveries.due(transaction, now=NOW, limit=1)] == ["evt_2"]

    def test_nothing_waits(self, store: Store) -> None:
        with store.read() as transaction:
            assert deliveries.next_due_at(transaction) is None


class TestRecordAttempt:
    @pytest.mark.parametrize(("status", "state"), [(200, "delivered"), (299, "delivered"), (199, "pending"),
                                                   (302, "pending"), (500, "pending"), (None, "pending")])  # fmt: skip
    def test_only_2xx_delivers(self, store: Store, status: int | None, state: str) -> None:
        with store.write() as transaction:
            enqueue(transaction)
            (delivery,) = deliveries.due(transaction, now=NOW, limit=10)
            assert attempt(transaction, delivery, status) == state

    def test_is_tried_again_up_the_ladder_and_then_given_up(self, store: Store) -> None:
        now, states, waits = NOW, [], []
        with store.write() as transaction:
            enqueue(transaction)
            for _ in range(3):
                (delivery,) = deliveries.due(transaction, now=now, limit=10)
                states.append(attempt(transaction, delivery, 500, now=now))
                upcoming = deliveries.next_due_at(transaction)
                waits.append(upcoming - now if upcoming else None)
                now = upcoming or now
            assert deliveries.due(transaction, now=now + 9_999, limit=10) == []
        assert (states, waits) == (["pending", "pending", "failed"], [5.0, 60.0, None])


class TestRequeue:
    def test_sends_it_again_to_each_endpoint_that_it_went_to(self, store: Store) -> None:
        with store.write() as transaction:
            order(transaction, "webhook_drop", count=3)
            for endpoint in ("we_1", "we_2", "we_2"):
                enqueue(transaction, endpoint_id=endpoint)
            given: dict[str, Any] = {"gateway": "stripe", "event_id": "evt_1", "now": NOW}
            assert deliveries.requeue(transaction, endpoint_id=None, **given) == 2
            assert deliveries.requeue(transaction, endpoint_id="we_2", **given) == 1
            assert deliveries.requeue(transaction, endpoint_id="we_3", **given) == 0
            assert deliveries.requeue(transaction, endpoint_id=None, **{**given, "gateway": "razorpay"}) == 0
            found = [each.endpoint_id for each in deliveries.waiting(transaction, event_type="", event_id="")]
        assert found == ["we_1", "we_2", "we_2"]


class TestUndeliveredEndpoints:
    def test_are_those_that_never_took_it(self, store: Store) -> None:
        with store.write() as transaction:
            enqueue(transaction, endpoint_id="we_1")
            enqueue(transaction, endpoint_id="we_2")
            first, second = deliveries.due(transaction, now=NOW, limit=10)
            attempt(transaction, first, 200)
            attempt(transaction, second, 500)
            assert deliveries.undelivered_endpoints(transaction, event_id="evt_1") == 1
            attempt(transaction, second, 200)
            assert deliveries.undelivered_endpoints(transaction, event_id="evt_1") == 0


class TestListing:
    def test_counts_all_and_shows_the_newest_that_match(self, store: Store) -> None:
        with store.write() as transaction:
            for number in range(3):
                enqueue(transaction, f"evt_{number}")
            enqueue(transaction, "evt_9", event_type="refund.updated")
            given: dict[str, Any] = {"state": "pending", "event_type": "charge.*", "event_id": "", "limit": 2}
            found = deliveries.listing(transaction, **given)
        assert found["counts"] == {"pending": 4}
        assert [each["event_id"] for each in found["deliveries"]] == ["evt_2", "evt_1"]
        assert found["deliveries"][0]["manner"] == {"signature": "", "batch_of": 0}
