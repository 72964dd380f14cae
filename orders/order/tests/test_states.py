"""Walks every pair of states of an order."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEntry
from config.audit.services import move
from config.kernel.states import MoveNotAllowed
from orders.order.states import ORDER_STATES, OrderStatus
from orders.tests.factories import AT, force, make_order, traces

# The row of the order, written out once more.
ALLOWED = {
    ("pending_payment", "paid"), ("pending_payment", "expired"), ("pending_payment", "cancelled"),
    ("paid", "delivered"), ("paid", "cancelled"), ("paid", "refunded"),
    ("delivered", "completed"), ("delivered", "refunded"),
    ("completed", "refunded"),
    ("refunded", "paid"), ("refunded", "delivered"), ("refunded", "completed"),
}  # fmt: skip


class TestOrderStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert {(origin, target) for origin, target, ok in ORDER_STATES.pairs() if ok} == ALLOWED
        assert set(ORDER_STATES.states) == set(OrderStatus.values)
        assert ORDER_STATES.final == {"cancelled", "expired"}

    @pytest.mark.django_db
    @pytest.mark.parametrize(("origin", "target", "allowed"), list(ORDER_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        order = make_order()
        force(order, origin)
        before = traces()
        if not allowed:
            with pytest.raises(MoveNotAllowed):
                move(order, to=target, actor="test", at=AT)
            assert traces() == before
            return
        assert move(order, to=target, actor="test", at=AT, reason="why", paid_at=AT)
        order.refresh_from_db()
        entry = AuditEntry.objects.get(subject_id=order.public_id, act="move")
        assert order.status == target
        assert (entry.from_state, entry.to_state, entry.actor, entry.reason) == (origin, target, "test", "why")

    @pytest.mark.django_db
    @pytest.mark.parametrize("status", OrderStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        order = make_order()
        force(order, status)
        before = traces()
        assert not move(order, to=status, actor="test", at=AT)
        assert traces() == before
