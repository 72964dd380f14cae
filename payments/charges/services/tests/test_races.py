"""A reservation ends while its money comes: paid and held, or expired and given back, never anything between."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import transaction

from config.kernel.errors import Refused
from orders.catalog.models import Product
from orders.order.models import Order
from orders.tests.together import TIMEOUT_S, together
from payments.charges.models import Payment
from payments.charges.services import record
from payments.charges.services.close import expire_reservation
from payments.charges.services.record import observe_payment
from payments.gateways.payment_views import PaymentView
from payments.gateways.registry import gateway_for
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = 4


def paid_at_the_last_moment(world: World) -> tuple[Order, Payment, PaymentView]:
    """An order whose object was closed as far as we know, and took the money as far as the gateway knows."""
    order = world.order(10_000)
    started = world.start(order)
    world.pay(started)
    view = gateway_for("stripe").get_payment(gateway_payment_id=started.payment.gateway_payment_id or "", session_id="")
    assert view is not None
    Payment.objects.filter(pk=started.payment.pk).update(status="cancelled", closed_at=world.at)
    return order, started.payment, view


def hear(payment: Payment, view: PaymentView, world: World) -> Callable[[], str]:
    at = world.at

    def act() -> str:
        with transaction.atomic():
            return observe_payment(payment=payment, view=view, actor="test", at=at)

    return act


def expire(order: Order, world: World) -> Callable[[], bool]:
    at = world.at
    return lambda: expire_reservation(order_pk=order.pk, at=at)


class TestExpiryAndCapture:
    def test_one_of_them_wins_and_the_other_follows(self, world: World) -> None:
        cases = [paid_at_the_last_moment(world) for _ in range(ORDERS)]
        world.later(minutes=31)
        acts = [act for order, payment, view in cases for act in (expire(order, world), hear(payment, view, world))]
        outcomes = together(acts)
        assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
        for order, payment, _ in cases:
            order.refresh_from_db()
            product = Product.objects.get(pk=order.lines.get().product_id)
            back = list(Refund.objects.filter(payment=payment).values_list("cause", flat=True))
            assert (order.status, order.applied_minor, len(world.holds(order)), product.stock, back) in [
                ("paid", 10_000, 1, 9, []),
                ("expired", 0, 0, 10, ["unapplied"]),
            ]

    def test_the_same_capture_on_eight_connections_is_booked_once(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.pay(started)
        view = gateway_for("stripe").get_payment(
            gateway_payment_id=started.payment.gateway_payment_id or "", session_id=""
        )
        assert view is not None
        outcomes = together([hear(started.payment, view, world)] * 8)
        assert sorted(outcomes) == ["booked", *["known already"] * 7]

    def test_negative_control_without_the_orders_lock_money_would_not_be_booked(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Read before the other's commit, the order seems to wait for its money. The last line of defence holds: the
        order refuses, and all is rolled back; but money that came is not in the books then."""
        order, payment, view = paid_at_the_last_moment(world)
        world.later(minutes=31)
        has_read, is_expired = threading.Event(), threading.Event()

        def read_without_lock(public_id: str) -> Order:
            found = Order.objects.get(public_id=public_id)
            has_read.set()
            is_expired.wait(TIMEOUT_S)
            return found

        def expire_after_it_read() -> bool:
            has_read.wait(TIMEOUT_S)
            try:
                return expire(order, world)()
            finally:
                is_expired.set()

        monkeypatch.setattr(record, "lock_order", read_without_lock)
        monkeypatch.setattr(record, "lock_payments", lambda order: list(order.payments.all()))
        monkeypatch.setattr(record, "lock_fulfilments", lambda order: list(order.fulfilments.all()))
        heard, expired = together([hear(payment, view, world), expire_after_it_read])
        assert expired is True
        assert isinstance(heard, Refused)
        assert LedgerEntry.objects.count() == 0
