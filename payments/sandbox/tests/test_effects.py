"""The record of the money that moved."""

from __future__ import annotations

from payments.sandbox.effects import Effect, names_of_metadata, record, summary
from payments.sandbox.store import Store, Transaction


def _move(transaction: Transaction, effect: str, amount: int, *subjects: str, currency: str = "usd") -> None:
    moved = Effect(
        at=1.0,
        gateway="stripe",
        effect=effect,
        amount_minor=amount,
        currency=currency,
        object_id="ch_1",
        subjects=subjects,
    )
    record(transaction, effect=moved)


class TestSummary:
    def test_counts_by_effect_and_currency_under_every_name(self, store: Store) -> None:
        with store.write() as transaction:
            _move(transaction, "captured", 100, "pi_1", "order=ord_1", "ch_1")
            _move(transaction, "captured", 100, "pi_2", "order=ord_1")
            _move(transaction, "refunded", 30, "pi_1", "order=ord_1")
            _move(transaction, "captured", 7, "pi_3", currency="inr")
            order = summary(transaction, subject="order=ord_1", effect="", limit=10)
            assert order["totals"] == [
                {"effect": "captured", "currency": "usd", "count": 2, "amount_minor": 200},
                {"effect": "refunded", "currency": "usd", "count": 1, "amount_minor": 30},
            ]
            assert summary(transaction, subject="pi_1", effect="captured", limit=10)["count"] == 1
            assert summary(transaction, subject="ch_1", effect="captured", limit=10)["count"] == 3
            assert summary(transaction, subject="pi_9", effect="", limit=10) == {
                "count": 0,
                "totals": [],
                "effects": [],
            }
            everything = summary(transaction, subject="", effect="", limit=2)
            assert (everything["count"], len(everything["effects"])) == (4, 2)

    def test_metadata_makes_names(self) -> None:
        assert list(names_of_metadata({"order": "ord_1", "a": "b=c"})) == ["order=ord_1", "a=b=c"]
