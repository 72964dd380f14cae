"""Cancelling what was paid: stock back, hold returned, refund started, in one commit; by timeout, seller or staff."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from orders.catalog.models import Product
from orders.fulfilment import services as fulfilments
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tests.factories import policy
from orders.tests.together import TIMEOUT_S, together
from payments.charges.models import Payment
from payments.charges.services.record import observe_payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import CannotCancel, cancel_fulfilment, time_out_fulfilment
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.sweeps import time_out_due
from payments.gateways.registry import gateway_for
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def part_of(world: World, order: Order) -> Fulfilment:
    return world.fulfilments(order)[0]


class TestTimeOut:
    def test_cancels_returns_and_refunds_in_one_commit(self, world: World) -> None:
        order = world.paid_order(10_000)
        part = part_of(world, order)
        world.later(minutes=61)
        assert time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        order.refresh_from_db()
        part.refresh_from_db()
        (hold,), refund = world.holds(order), Refund.objects.get()
        assert (order.status, part.status, hold.status) == ("cancelled", "cancelled", "returned")
        assert (hold.remaining_minor, hold.returned_minor, Product.objects.get().stock) == (0, 10_000, 10)
        assert (refund.status, refund.cause, refund.reason) == ("approved", "timeout", "not delivered in time")

    def test_not_before_its_time_and_not_twice(self, world: World) -> None:
        part = part_of(world, world.paid_order(10_000))
        before = everything()
        assert not time_out_fulfilment(fulfilment_pk=part.pk, at=world.later(minutes=59))
        assert everything() == before
        assert time_out_fulfilment(fulfilment_pk=part.pk, at=world.later(minutes=2))
        before = everything()
        assert not time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        assert everything() == before

    def test_takes_its_own_part_only(self, world: World) -> None:
        order = world.paid_order(10_000, 5_000)
        world.hand_over_part(world.fulfilments(order)[0])
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        order.refresh_from_db()
        assert [hold.status for hold in world.holds(order)] == ["held", "returned"]
        assert (order.status, order.payment_status, order.refunded_minor) == ("delivered", "partially_refunded", 5_000)

    def test_gives_back_what_is_left_after_a_partial_refund(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "refunded")
        assert sorted(Refund.objects.values_list("cause", "amount_minor")) == [("external", 4_000), ("timeout", 6_000)]
        assert world.moved(order, "refunded") == (2, 10_000)

    def test_refuses_frozen_money_and_changes_nothing(self, world: World) -> None:
        order = world.paid_order(10_000)
        freeze_hold(hold_pk=world.holds(order)[0].pk, reason="operator", actor="user:ops", note="", at=world.at)
        world.later(minutes=61)
        before = everything()
        with pytest.raises(CannotCancel):
            time_out_fulfilment(fulfilment_pk=part_of(world, order).pk, at=world.at)
        assert everything() == before

    def test_uses_the_category_of_its_lines(self, world: World, settings: Any) -> None:
        settings.POLICY = policy(escrow_timeout_minutes_by_category={"tickets": 5})
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=6)).done == 0
        assert time_out_due(at=world.later(minutes=60)).done == 1
        order.refresh_from_db()
        assert order.status == "cancelled"


class TestCancel:
    def test_says_who_and_why(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert cancel_fulfilment(
            fulfilment_pk=part_of(world, order).pk, actor="user:seller", reason="lost", at=world.at
        )
        world.hear()
        refund = Refund.objects.get()
        assert (refund.cause, refund.reason, refund.requested_by) == ("cancelled", "lost", "user:seller")
        assert (refund.status, world.moved(order, "refunded")) == ("succeeded", (1, 10_000))

    def test_twice_is_once(self, world: World) -> None:
        part = part_of(world, world.paid_order(10_000))
        cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=world.at)
        before = everything()
        assert not cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=world.at)
        assert everything() == before

    @pytest.mark.parametrize("state", ["unpaid", "delivered", "frozen"])
    def test_refuses_and_changes_nothing(self, world: World, state: str) -> None:
        order = world.order(10_000) if state == "unpaid" else world.paid_order(10_000)
        if state == "delivered":
            world.hand_over(order)
        if state == "frozen":
            freeze_hold(hold_pk=world.holds(order)[0].pk, reason="operator", actor="user:ops", note="", at=world.at)
        before = everything()
        with pytest.raises(CannotCancel):
            cancel_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:ops", reason="", at=world.at)
        assert everything() == before

    def test_what_went_back_already_is_only_put_on_the_shelf(self, world: World) -> None:
        """All of it was refunded in the gateway's dashboard: nothing is left to give, and the pieces are still away."""
        order = world.paid_order(10_000)
        world.refund_outside(order, 10_000)
        world.hear()
        assert Product.objects.get().stock == 9
        assert cancel_fulfilment(fulfilment_pk=part_of(world, order).pk, actor="user:ops", reason="", at=world.at)
        world.hear()
        order.refresh_from_db()
        assert (Product.objects.get().stock, order.status, Refund.objects.count()) == (10, "refunded", 1)
        assert world.moved(order, "refunded") == (1, 10_000)


class TestRaces:
    """Each over several orders at once, two connections for each order."""

    ORDERS = 4

    def paid(self, world: World) -> list[Order]:
        orders = [world.paid_order(10_000) for _ in range(self.ORDERS)]
        world.later(minutes=61)
        return orders

    def time_out(self, world: World, order: Order) -> Callable[[], bool]:
        part, at = part_of(world, order).pk, world.at
        return lambda: time_out_fulfilment(fulfilment_pk=part, at=at)

    def hand_over(self, world: World, order: Order) -> Callable[[], bool]:
        part, at = part_of(world, order), world.at
        return lambda: fulfilments.deliver(fulfilment=part, actor="user:seller", by_staff=False, at=at, policy=policy())

    def test_timed_out_or_delivered_never_both(self, world: World) -> None:
        orders = self.paid(world)
        acts = [act for order in orders for act in (self.time_out(world, order), self.hand_over(world, order))]
        together(acts)
        for order in orders:
            order.refresh_from_db()
            part, (hold,) = part_of(world, order), world.holds(order)
            assert (order.status, part.status, hold.status) in {
                ("cancelled", "cancelled", "returned"), ("delivered", "delivered", "held")
            }  # fmt: skip
            assert Refund.objects.filter(payment__order=order).count() == (hold.status == "returned")

    @pytest.mark.broken_books
    def test_negative_control_without_the_order_of_locks_a_buyer_has_both(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both look before either writes: the piece is handed over and the money goes back."""
        order = world.paid_order(10_000)
        world.later(minutes=61)
        both_have_looked = threading.Barrier(2)
        part, (hold,) = part_of(world, order), world.holds(order)

        def careless(act: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                seen = Fulfilment.objects.get(pk=part.pk).status
                both_have_looked.wait(TIMEOUT_S)
                if seen == "awaiting":
                    act()

            return run

        def hand_over() -> None:
            Fulfilment.objects.filter(pk=part.pk).update(status="delivered", delivered_at=world.at)

        def give_back() -> None:
            EscrowHold.objects.filter(pk=hold.pk).update(status="returned", remaining_minor=0, returned_minor=10_000)

        together([careless(hand_over), careless(give_back)])
        part.refresh_from_db()
        assert (part.status, world.holds(order)[0].status) == ("delivered", "returned")

    def test_timed_out_or_completed_never_both(self, world: World) -> None:
        orders = [world.paid_order(10_000) for _ in range(self.ORDERS)]
        for order in orders:
            world.hand_over(order)
        world.later(days=2)
        together([act for order in orders for act in (self.time_out(world, order), lambda o=order: world.complete(o))])
        assert set(EscrowHold.objects.values_list("status", flat=True)) == {"released"}
        assert Refund.objects.count() == 0

    def test_a_timeout_and_a_second_capture_are_refunded_once_each(self, world: World) -> None:
        """The order is timed out while a duplicate payment of it is being booked: 20,000 came, 20,000 go back."""
        order = world.order(10_000)
        first = world.start(order)
        Payment.objects.update(status="failed")
        second = world.start(order)
        for started in (first, second):
            world.pay(started)
        views = [
            gateway_for("stripe").get_payment(gateway_payment_id=one.payment.gateway_payment_id or "", session_id="")
            for one in (first, second)
        ]
        assert all(views)
        self.observe(first.payment, views[0], world)()
        world.later(minutes=61)
        order.refresh_from_db()
        outcomes = together([self.time_out(world, order), self.observe(second.payment, views[1], world)])
        assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
        world.hear()
        assert sorted(Refund.objects.values_list("cause", "status", "amount_minor")) == [
            ("timeout", "succeeded", 10_000), ("unapplied", "succeeded", 10_000)
        ]  # fmt: skip
        assert (world.moved(order, "captured"), world.moved(order, "refunded")) == ((2, 20_000), (2, 20_000))
        assert LedgerEntry.objects.filter(event="capture").count() == 2

    def observe(self, payment: Payment, view: Any, world: World) -> Callable[[], str]:
        at = world.at

        def act() -> str:
            with transaction.atomic():
                return observe_payment(payment=payment, view=view, actor="test", at=at)

        return act

    def test_whoever_waits_for_the_order_sees_what_the_other_did(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.later(minutes=61)
        holds_it, may_go = threading.Event(), threading.Event()

        def slow_delivery() -> None:
            try:
                with transaction.atomic():
                    self.hand_over(world, order)()
                    holds_it.set()
                    may_go.wait(TIMEOUT_S)
            finally:
                connections.close_all()

        thread = threading.Thread(target=slow_delivery)
        thread.start()
        assert holds_it.wait(TIMEOUT_S)
        timer = threading.Timer(0, may_go.set)
        timer.start()
        assert not time_out_fulfilment(fulfilment_pk=part_of(world, order).pk, at=world.at)
        thread.join(TIMEOUT_S)
        assert part_of(world, order).status == "delivered"
