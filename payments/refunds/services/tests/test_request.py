"""What the machine owes it asks for by itself, once per cause, and never more than what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from config.kernel.money import Money
from config.outbox.models import OutboxJob
from orders.order.models import Order
from orders.order.queries import lock_order
from payments.charges.queries import lock_payment
from payments.charges.services.record import observe_payment
from payments.escrow.services.sweeps import time_out_due
from payments.gateways.payment_views import CaptureFact
from payments.gateways.registry import gateway_for
from payments.refunds.models import Refund
from payments.refunds.services.request import MACHINE, ExceedsRefundable, refund_hold, refund_unapplied
from payments.refunds.services.tests.test_by_staff import ask as by_staff
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestRefundHold:
    def ask(self, world: World, order: Order) -> Refund:
        hold = world.holds(order)[0]
        with transaction.atomic():
            lock_order(order.public_id)
            lock_payment(hold.payment_id)
            return refund_hold(hold=hold, cause="timeout", actor="system:escrow_timeout", reason="late", at=world.at)

    def test_is_approved_booked_and_due_in_one_commit(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = self.ask(world, order)
        refund.refresh_from_db()
        assert (refund.status, refund.amount_minor, refund.approved_by) == ("approved", 10_000, MACHINE)
        assert refund.requested_by == "system:escrow_timeout"
        assert OutboxJob.objects.get(topic="refund.approved").payload == {"refund": refund.public_id}
        assert world.holds(order)[0].status == "returned"

    def test_twice_for_one_cause_is_refused(self, world: World) -> None:
        order = world.paid_order(10_000)
        self.ask(world, order)
        before = everything()
        with pytest.raises((ExceedsRefundable, IntegrityError)):
            self.ask(world, order)
        assert everything() == before


class TestWhatIsAskedFor:
    """Nobody has decided it, so that it keeps nothing back which the machine owes."""

    def test_keeps_no_other_part_of_the_order_from_its_timeout(self, world: World) -> None:
        order = world.paid_order(5_000, 5_000)
        part = world.fulfilments(order)[0]
        by_staff(world, order, 5_000, fulfilment=part.public_id)
        world.refund_outside(order, 4_000)
        world.hear()
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        assert [(hold.status, hold.remaining_minor) for hold in world.holds(order)] == [
            ("frozen", 3_000),
            ("returned", 0),
        ]
        assert world.moved(order, "refunded") == (2, 7_000)

    def test_keeps_no_second_charge_out_of_the_books(self, world: World) -> None:
        order = world.paid_order(10_000)
        by_staff(world, order, 10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        payment = world.payment(order)
        view = gateway_for("stripe").get_payment(gateway_payment_id=payment.gateway_payment_id or "", session_id="")
        assert view is not None
        second = CaptureFact("ch_second", Money(10_000, "USD"), world.at)
        with transaction.atomic():
            observe_payment(payment=payment, view=replace(view, captures=(second,)), actor="gateway", at=world.at)
        refund = Refund.objects.get(cause="unapplied")
        assert (refund.status, refund.amount_minor) == ("approved", 10_000)
        assert world.payment(order).captured_minor == 20_000


class TestNeverMoreThanIsLeft:
    def test_money_on_its_way_back_is_not_left(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        payment = world.payment(order)
        before = everything()

        def ask() -> None:
            with transaction.atomic():
                lock_order(order.public_id)
                locked = lock_payment(payment.pk)
                refund_unapplied(payment=locked, fact="ch_x", amount=Money(6_001, "USD"), why="", at=world.at)

        with pytest.raises(ExceedsRefundable):
            ask()
        assert everything() == before
