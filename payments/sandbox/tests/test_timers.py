"""Timers, in the state file."""

from __future__ import annotations

from payments.sandbox.store import Store
from payments.sandbox.timers import Timer, clear_timer, next_due_at, set_timer, take_due


class TestTimers:
    def test_ring_in_their_order_and_once(self, store: Store) -> None:
        with store.write() as transaction:
            set_timer(transaction, timer=Timer("stripe", "session", "b", 20.0))
            set_timer(transaction, timer=Timer("stripe", "session", "a", 10.0))
            assert next_due_at(transaction) == 10.0
            assert take_due(transaction, now=9.9) is None
            taken = [take_due(transaction, now=30.0) for _ in range(3)]
        assert [each.object_id if each else None for each in taken] == ["a", "b", None]

    def test_one_for_each_object_and_purpose(self, store: Store) -> None:
        with store.write() as transaction:
            set_timer(transaction, timer=Timer("stripe", "session", "a", 10.0))
            set_timer(transaction, timer=Timer("stripe", "session", "a", 50.0))
            set_timer(transaction, timer=Timer("stripe", "refund", "a", 40.0))
            assert next_due_at(transaction) == 40.0
            clear_timer(transaction, gateway="stripe", kind="refund", object_id="a")
            assert next_due_at(transaction) == 50.0
