"""What is approved is booked from where the money is, once, and what nobody has to deliver any more is cancelled."""

from __future__ import annotations

import pytest
from django.db import transaction

from orders.order.models import Order
from orders.order.queries import lock_order
from payments.escrow.services.cancel import CannotCancel
from payments.refunds.models import Refund, RefundShare
from payments.refunds.services.book import RefundDecided, book
from payments.refunds.services.request import ExceedsRefundable
from payments.refunds.services.tests.test_by_staff import FINANCE, ask, policy
from payments.refunds.services.tests.test_decide import approve
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def booked(world: World, order: Order, *refunds: Refund) -> None:
    with transaction.atomic():
        locked = lock_order(order.public_id)
        book(locked, refunds, actor=FINANCE, reason="yes", at=world.at)


class TestBook:
    def test_shares_say_afterwards_what_was_taken(self, world: World) -> None:
        """Asked for while it was held in one part and released in the other."""
        order = world.paid_order(6_000, 4_000)
        part = world.fulfilments(order)[0]
        world.hand_over_part(part)
        world.complete_part(part)
        refund = ask(world, order, 5_000)
        booked(world, order, refund)
        shares = RefundShare.objects.filter(refund=refund).order_by("hold_id")
        assert list(shares.values_list("pot", "amount_minor")) == [("released", 3_000), ("escrow", 2_000)]
        assert [hold.status for hold in world.holds(order)] == ["released", "held"]

    def test_several_of_one_order_are_one_commit(self, world: World) -> None:
        order = world.paid_order(10_000)
        first, second = ask(world, order, 4_000), ask(world, order, 6_000)
        booked(world, order, first, second)
        assert set(Refund.objects.values_list("status", flat=True)) == {"approved"}
        assert (world.holds(order)[0].status, world.fulfilments(order)[0].status) == ("returned", "cancelled")

    def test_never_one_that_was_decided(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000)
        approve(world, refund)
        before = everything()
        with pytest.raises(RefundDecided):
            booked(world, order, refund)
        assert everything() == before

    def test_never_more_than_a_part_has_by_now(self, world: World) -> None:
        order = world.paid_order(6_000, 4_000)
        refund = ask(world, order, fulfilment=world.fulfilments(order)[1].public_id)
        world.refund_outside(order, 5_000)
        world.hear()
        before = everything()
        with pytest.raises(ExceedsRefundable):
            booked(world, order, refund)
        assert everything() == before

    def test_a_cancel_is_none_once_something_was_delivered(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, rules=policy())
        Refund.objects.filter(pk=refund.pk).update(cause="cancelled_by_staff")
        refund.refresh_from_db()
        world.hand_over(order)
        before = everything()
        with pytest.raises(CannotCancel):
            booked(world, order, refund)
        assert everything() == before
