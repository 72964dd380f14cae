"""Frozen for counted reasons: free again when the last is lifted."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEntry
from orders.order.models import Order
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.escrow.services.freeze import CannotFreeze, freeze_hold, unfreeze_hold
from payments.escrow.services.sweeps import time_out_due
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(world: World) -> Order:
    return world.paid_order(10_000)


def freeze(world: World, reason: str, ref: str = "") -> bool:
    return freeze_hold(
        hold_pk=EscrowHold.objects.get().pk, reason=reason, ref=ref, actor="user:ops", note="look", at=world.at
    )


def lift(world: World, reason: str, ref: str = "") -> bool:
    return unfreeze_hold(
        hold_pk=EscrowHold.objects.get().pk, reason=reason, ref=ref, actor="user:ops", note="fine", at=world.at
    )


def status() -> str:
    return EscrowHold.objects.get().status


class TestReasons:
    def test_are_counted(self, world: World, order: Order) -> None:
        for reason, ref in (("dispute", "dp_1"), ("dispute", "dp_2"), ("operator", "")):
            assert freeze(world, reason, ref)
        assert status() == "frozen"
        for reason, ref in (("operator", ""), ("dispute", "dp_1")):
            assert lift(world, reason, ref)
            assert status() == "frozen"
        assert lift(world, "dispute", "dp_2")
        assert status() == "held"
        assert AuditEntry.objects.filter(subject_type="escrowhold", act__in=["freeze", "unfreeze"]).count() == 4

    def test_told_twice_count_once(self, world: World, order: Order) -> None:
        assert freeze(world, "dispute", "dp_1")
        before = everything()
        assert not freeze(world, "dispute", "dp_1")
        assert everything() == before
        assert lift(world, "dispute", "dp_1")
        assert status() == "held"
        assert not lift(world, "dispute", "dp_1")

    def test_that_do_not_stand_cannot_be_lifted(self, world: World, order: Order) -> None:
        freeze(world, "dispute", "dp_1")
        before = everything()
        for reason, ref in (("dispute", ""), ("dispute", "dp_2"), ("operator", "dp_1")):
            assert not lift(world, reason, ref)
        assert everything() == before

    def test_may_come_back(self, world: World, order: Order) -> None:
        for _ in range(2):
            assert freeze(world, "operator")
            assert lift(world, "operator")
        assert HoldFreeze.objects.count() == 2


class TestFrozen:
    def test_money_is_never_timed_out(self, world: World, order: Order) -> None:
        freeze(world, "operator")
        world.later(days=1)
        swept = time_out_due(at=world.at)
        assert (swept.done, swept.refused) == (0, 0)
        lift(world, "operator")
        assert time_out_due(at=world.at).done == 1

    def test_money_that_the_gateway_gave_back_is_gone_all_the_same(self, world: World, order: Order) -> None:
        freeze(world, "dispute", "dp_1")
        world.refund_outside(order, 10_000)
        world.hear()
        assert status() == "returned"
        assert lift(world, "dispute", "dp_1")
        assert status() == "returned"

    def test_refuses_what_has_left(self, world: World, order: Order) -> None:
        world.hand_over(order)
        world.complete(order)
        before = everything()
        with pytest.raises(CannotFreeze):
            freeze(world, "operator")
        assert everything() == before
