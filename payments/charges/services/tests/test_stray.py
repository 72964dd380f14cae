"""Objects that carry our mark and are not ours: their money is theirs, and our labels stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.calls.models import GatewayCall
from config.kernel.ids import new_id
from config.kernel.money import Money
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.start import new_payment
from payments.escrow.services.sweeps import time_out_due
from payments.gateways.registry import gateway_for
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def forge(world: World, payment: Payment, amount: Money | None = None) -> str:
    """Another PaymentIntent in the same account, with our payment's id in its metadata; its own id."""
    call = GatewayCall.objects.filter(operation="payment.create").latest("pk")
    new = replace(new_payment(payment, call), call_id=new_id("call"), amount=amount or payment.amount)
    answer = gateway_for("stripe").create_payment(new)
    assert answer.payment is not None
    return answer.payment.gateway_payment_id


def pay(world: World, intent: str) -> None:
    world.sandbox.control.stripe(f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")


class TestAdopt:
    @pytest.fixture
    def order(self, world: World) -> Order:
        return world.paid_order(10_000)

    def test_money_of_a_stray_goes_back_to_whom_it_came_from(self, world: World, order: Order) -> None:
        ours = world.payment(order)
        stray = forge(world, ours)
        pay(world, stray)
        world.hear()
        assert Payment.objects.get(gateway_payment_id=stray).ref == order.public_id
        assert world.sandbox.control.moved(stray, "refunded") == (1, 10_000)
        assert world.sandbox.control.moved(ours.gateway_payment_id or "", "refunded") == (0, 0)
        ours.refresh_from_db()
        assert (ours.status, ours.captured_minor, ours.refunded_minor) == ("captured", 10_000, 0)

    def test_our_own_refund_still_finds_its_charge(self, world: World, order: Order) -> None:
        ours = world.payment(order)
        pay(world, forge(world, ours))
        world.hear()
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        assert world.sandbox.control.moved(ours.gateway_payment_id or "", "refunded") == (1, 10_000)
        assert set(Refund.objects.values_list("status", flat=True)) == {"succeeded"}

    def test_another_currency_stays_apart(self, world: World, order: Order) -> None:
        ours = world.payment(order)
        stray = forge(world, ours, Money(500_000, "INR"))
        pay(world, stray)
        world.hear()
        ours.refresh_from_db()
        assert (ours.captured_minor, ours.currency) == (10_000, "USD")
        assert world.sandbox.control.moved(stray, "refunded") == (1, 500_000)

    def test_a_cancelled_stray_closes_nothing_of_ours(self, world: World) -> None:
        order = world.order()
        ours = world.start(order).payment
        stray = forge(world, ours)
        gateway_for("stripe").cancel_payment(key=new_id("call"), gateway_payment_id=stray, session_id="")
        world.hear()
        ours.refresh_from_db()
        assert (ours.status, ours.closed_at) == ("pending", None)

    def test_is_adopted_once_however_often_it_is_told(self, world: World, order: Order) -> None:
        stray = forge(world, world.payment(order))
        pay(world, stray)
        for _ in range(2):
            world.hear(world.all_events())
        assert Payment.objects.count() == 2
        assert world.sandbox.control.moved(stray, "refunded") == (1, 10_000)
