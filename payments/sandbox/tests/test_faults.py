"""Faults as rules, without a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from payments.sandbox import faults
from payments.sandbox.store import Store, Transaction


@pytest.fixture
def transaction(tmp_path: Path) -> Iterator[Transaction]:
    store = Store(tmp_path / "state.sqlite3")
    with store.write() as transaction:
        yield transaction
    store.close()


def _strike(transaction: Transaction, **facts: str) -> int:
    usual = {"gateway": "stripe", "method": "POST", "path": "/v1/refunds", "key": "k1"}
    return len(faults.strike_request(transaction, **{**usual, **facts}))


class TestFromJson:
    @pytest.mark.parametrize(
        "order",
        [
            {},
            {"kind": "explode"},
            {"kind": "error", "colour": "red"},
            {"kind": "error", "id": 3},
            {"kind": "error", "status": 200},
            {"kind": "error", "stage": "during"},
            {"kind": "error", "count": 0},
            {"kind": "webhook_reorder", "batch": 1},
        ],
    )
    def test_refuses_nonsense(self, order: dict[str, Any]) -> None:
        with pytest.raises(faults.FaultRefused):
            faults.from_json(order=order)

    @pytest.mark.parametrize("kind", faults.REQUEST_KINDS + faults.WEBHOOK_KINDS)
    def test_takes_every_kind(self, kind: str) -> None:
        assert faults.from_json(order={"kind": kind}).kind == kind


class TestStrike:
    def test_as_often_as_ordered(self, transaction: Transaction) -> None:
        faults.add(transaction, fault=faults.Fault(kind="error", count=2))
        assert [_strike(transaction) for _ in range(4)] == [1, 1, 0, 0]
        assert not faults.any_ordered(transaction)
        assert faults.every(transaction)[0]["hits"] == 2

    def test_without_a_count_until_it_is_taken_back(self, transaction: Transaction) -> None:
        fault_id = faults.add(transaction, fault=faults.Fault(kind="error", count=None))
        assert [_strike(transaction) for _ in range(3)] == [1, 1, 1]
        assert faults.remove(transaction, fault_id=fault_id) == 1
        assert _strike(transaction) == 0

    def test_lets_some_pass_first(self, transaction: Transaction) -> None:
        faults.add(transaction, fault=faults.Fault(kind="error", skip=2))
        assert [_strike(transaction) for _ in range(4)] == [0, 0, 1, 0]

    @pytest.mark.parametrize(
        ("rule", "facts", "strikes"),
        [
            ({"path": "/v1/refunds"}, {}, 1),
            ({"path": "/v1/refunds/*"}, {}, 0),
            ({"path": "/v1/*"}, {}, 1),
            ({"method": "GET"}, {}, 0),
            ({"gateway": "razorpay"}, {}, 0),
            ({"key": "k*"}, {}, 1),
            ({"key": "k2"}, {}, 0),
            ({"kind": "webhook_drop"}, {}, 0),
        ],
    )
    def test_only_what_matches(
        self, transaction: Transaction, rule: dict[str, Any], facts: dict[str, str], strikes: int
    ) -> None:
        faults.add(transaction, fault=faults.Fault(**{"kind": "error", **rule}))
        assert _strike(transaction, **facts) == strikes

    def test_several_rules_strike_together(self, transaction: Transaction) -> None:
        faults.add(transaction, fault=faults.Fault(kind="delay"))
        faults.add(transaction, fault=faults.Fault(kind="lost_answer"))
        assert _strike(transaction) == 2
