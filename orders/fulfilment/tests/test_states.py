"""Walks every pair of states of a fulfilment."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEntry
from config.audit.services import move
from config.kernel.states import MoveNotAllowed
from orders.fulfilment.states import FULFILMENT_STATES, FulfilmentStatus
from orders.tests.factories import AT, force, make_order, traces

# MONEY §2, the row of the fulfilment, written out once more.
ALLOWED = {
    ("awaiting", "delivered"), ("awaiting", "cancelling"),
    ("cancelling", "cancelled"), ("cancelling", "delivered"), ("cancelling", "review"),
    ("review", "delivered"), ("review", "cancelled"),
    ("delivered", "completed"),
}  # fmt: skip


class TestFulfilmentStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert {(origin, target) for origin, target, ok in FULFILMENT_STATES.pairs() if ok} == ALLOWED
        assert set(FULFILMENT_STATES.states) == set(FulfilmentStatus.values)
        assert FULFILMENT_STATES.final == {"completed", "cancelled"}

    @pytest.mark.django_db
    @pytest.mark.parametrize(("origin", "target", "allowed"), list(FULFILMENT_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        fulfilment = make_order().fulfilments.get()
        force(fulfilment, origin)
        before = traces()
        if not allowed:
            with pytest.raises(MoveNotAllowed):
                move(fulfilment, to=target, actor="test", at=AT)
            assert traces() == before
            return
        assert move(fulfilment, to=target, actor="test", at=AT, reason="why", delivered_at=AT)
        fulfilment.refresh_from_db()
        entry = AuditEntry.objects.get(subject_id=fulfilment.public_id, act="move")
        assert fulfilment.status == target
        assert (entry.from_state, entry.to_state, entry.actor, entry.reason) == (origin, target, "test", "why")

    @pytest.mark.django_db
    @pytest.mark.parametrize("status", FulfilmentStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        fulfilment = make_order().fulfilments.get()
        force(fulfilment, status)
        before = traces()
        assert not move(fulfilment, to=status, actor="test", at=AT)
        assert traces() == before
