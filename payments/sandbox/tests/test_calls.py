"""What every gateway's handlers work with: objects, timers and movements of that gateway alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from payments.sandbox import effects
from payments.sandbox.calls import OpenCall
from payments.sandbox.objects import Stored
from payments.sandbox.store import Store, Transaction

NOW = 1_800_000_000.75


class Here(OpenCall):
    gateway = "here"


class Elsewhere(OpenCall):
    gateway = "elsewhere"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "state.sqlite3")
    yield store
    store.close()


def here(transaction: Transaction, told: list[str] | None = None) -> Here:
    nudge = (lambda: told.append("nudged")) if told is not None else (lambda: None)
    return Here(transaction, NOW, nudge, request_id="req_1", idempotency_key="k1")


def thing(**body: object) -> Stored:
    return Stored(kind="thing", id="th_1", created_s=int(NOW), body=dict(body), hidden={})


class TestObjects:
    def test_are_the_gateways_own(self, store: Store) -> None:
        with store.write() as transaction:
            here(transaction).objects.add(thing(a=1), labels={})
            found = here(transaction).find("thing", "th_1")
            assert found is not None
            assert found.body == {"a": 1}
            assert Elsewhere(transaction, NOW, lambda: None).find("thing", "th_1") is None

    def test_nobody_is_asked_about_no_id(self, store: Store) -> None:
        with store.write() as transaction:
            assert here(transaction).find("thing", None) is None

    def test_are_saved_as_they_are_now(self, store: Store) -> None:
        with store.write() as transaction:
            stored = here(transaction).objects.add(thing(a=1), labels={})
            stored.body["a"] = 2
            here(transaction).save(stored)
        with store.read() as transaction:
            found = here(transaction).find("thing", "th_1")
            assert found is not None
            assert found.body == {"a": 2}


class TestTimers:
    def rows(self, store: Store) -> list[tuple[str, float]]:
        with store.read() as transaction:
            return [(row["gateway"], row["due_at"]) for row in transaction.rows("SELECT * FROM timers")]

    def test_are_set_moved_and_cleared(self, store: Store) -> None:
        told: list[str] = []
        with store.write() as transaction:
            here(transaction, told).set_timer("expiry", "th_1", due_at=NOW + 5)
            assert told == []
        assert (self.rows(store), told) == ([("here", NOW + 5)], ["nudged"])
        with store.write() as transaction:
            here(transaction).set_timer("expiry", "th_1", due_at=NOW + 9)
            Elsewhere(transaction, NOW, lambda: None).clear_timer("expiry", "th_1")
        assert self.rows(store) == [("here", NOW + 9)]
        with store.write() as transaction:
            here(transaction).clear_timer("expiry", "th_1")
        assert self.rows(store) == []


class TestMoney:
    def test_is_found_by_each_of_its_subjects(self, store: Store) -> None:
        with store.write() as transaction:
            here(transaction).note_money("captured", amount=105, currency="INR", object_id="th_1", subjects=("a", "b"))
        with store.read() as transaction:
            found = [effects.summary(transaction, subject=name, effect="captured", limit=9)["totals"] for name in "abc"]
            (row,) = transaction.rows("SELECT * FROM effects")
        assert [[total["amount_minor"] for total in totals] for totals in found] == [[105], [105], []]
        assert (row["gateway"], row["request_id"], row["idempotency_key"], row["at"]) == ("here", "req_1", "k1", NOW)


class TestTime:
    def test_is_told_in_whole_seconds(self, store: Store) -> None:
        with store.read() as transaction:
            assert here(transaction).now_s == 1_800_000_000
