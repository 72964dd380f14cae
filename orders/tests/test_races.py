"""Races on a real PostgreSQL, each with a negative control that shows that the test would see the harm."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.models import F

from config.audit.models import AuditEntry
from config.kernel.errors import Refused
from orders.catalog.models import Product
from orders.catalog.services import Changes, OutOfStock, reserve, update_product
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import begin_cancelling, deliver, finish_cancelling
from orders.order.models import Order, OrderLine
from orders.order.services import apply_payment, expire_order
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product, policy
from orders.tests.together import TIMEOUT_S, together

pytestmark = pytest.mark.django_db(transaction=True)
CONNECTIONS = 16
RESERVE = "orders.order.services.placing.reserve"


def stock_of(product: Product) -> int:
    return Product.objects.values_list("stock", flat=True).get(pk=product.pk)


def sold_of(product: Product) -> int:
    return sum(OrderLine.objects.filter(product=product).values_list("quantity", flat=True))


class TestNobodyGetsMoreThanThereIs:
    def test_two_hundred_tries_over_sixteen_connections_for_twenty_pieces(self) -> None:
        product = make_product(stock=20)

        def customer(tries: int) -> Callable[[], Counter[str]]:
            def shop() -> Counter[str]:
                outcomes: Counter[str] = Counter()
                for _ in range(tries):
                    try:
                        make_order(item(product))
                        outcomes["sold"] += 1
                    except OutOfStock:
                        outcomes["refused"] += 1
                return outcomes

            return shop

        tries = [13] * 8 + [12] * 8
        outcomes: Counter[str] = sum(together([customer(number) for number in tries]), Counter())
        assert outcomes == {"sold": 20, "refused": 180}
        assert (stock_of(product), sold_of(product), Order.objects.count()) == (0, 20, 20)
        assert AuditEntry.objects.filter(act="placed").count() == 20

    def test_negative_control_reading_before_writing_sells_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = make_product(stock=4)
        all_have_read = threading.Barrier(CONNECTIONS)

        def read_then_write(*, quantities: Mapping[int, int], **_: Any) -> None:
            for product_id, quantity in quantities.items():
                stock = Product.objects.values_list("stock", flat=True).get(pk=product_id)
                all_have_read.wait(TIMEOUT_S)
                if stock < quantity:
                    raise OutOfStock
                Product.objects.filter(pk=product_id).update(stock=stock - quantity)

        monkeypatch.setattr(RESERVE, read_then_write)
        together([lambda: make_order(item(product))] * CONNECTIONS)
        assert sold_of(product) == CONNECTIONS > 4

    def test_the_last_line_of_defence_is_the_databases_own(self) -> None:
        product = make_product(stock=1)

        def take_without_looking() -> None:
            Product.objects.filter(pk=product.pk).update(stock=F("stock") - 1)

        outcomes = together([take_without_looking] * 4)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IntegrityError"] * 3 + ["NoneType"]
        assert stock_of(product) == 0


class TestCartsNeverWaitInACircle:
    def test_whatever_the_order_of_their_lines(self) -> None:
        one, two = make_product(stock=1_000), make_product(stock=1_000)

        def customer(*cart: Product) -> Callable[[], None]:
            def shop() -> None:
                for _ in range(5):
                    make_order(*(item(product) for product in cart))

            return shop

        outcomes = together([customer(one, two), customer(two, one)] * (CONNECTIONS // 2))
        assert outcomes == [None] * CONNECTIONS
        assert (stock_of(one), stock_of(two)) == (1_000 - 5 * CONNECTIONS,) * 2

    def test_negative_control_the_order_of_the_cart_is_a_deadlock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        one, two = make_product(), make_product()
        both_hold_one = threading.Barrier(2)

        def in_cart_order(*, quantities: Mapping[int, int], **_: Any) -> None:
            first, second = quantities
            reserve(quantities={first: 1})
            both_hold_one.wait(TIMEOUT_S)
            reserve(quantities={second: 1})

        monkeypatch.setattr(RESERVE, in_cart_order)
        outcomes = together([lambda: make_order(item(one), item(two)), lambda: make_order(item(two), item(one))])
        broken = [outcome for outcome in outcomes if isinstance(outcome, OperationalError)]
        assert len(broken) == 1
        assert "deadlock detected" in str(broken[0])
        assert Order.objects.count() == 1


class TestAnOrderEndsOneWay:
    def test_paid_or_expired_never_both(self) -> None:
        product = make_product(stock=CONNECTIONS)
        orders = [make_order(item(product)) for _ in range(CONNECTIONS // 2)]
        late = AT + timedelta(days=1)

        def pay(order: Order) -> Callable[[], None]:
            return lambda: apply_payment(order, amount_minor=1_000, actor="test", at=late)

        def expire(order: Order) -> Callable[[], bool]:
            return lambda: expire_order(order, actor="test", at=late)

        acts: list[Callable[[], Any]] = []
        for order in orders:
            acts += [pay(Order.objects.get(pk=order.pk)), expire(Order.objects.get(pk=order.pk))]
        outcomes = together(acts)
        for order, paid, expired in zip(orders, outcomes[::2], outcomes[1::2], strict=True):
            order.refresh_from_db()
            assert sum(isinstance(outcome, Refused) for outcome in (paid, expired)) == 1
            assert (order.status, order.applied_minor) in [("paid", 1_000), ("expired", 0)]
        ended = [order.status for order in orders].count("expired")
        assert stock_of(product) == CONNECTIONS // 2 + ended

    def test_delivered_or_cancelled_and_stock_comes_back_once(self) -> None:
        product = make_product(stock=CONNECTIONS)
        orders = [make_paid_order(item(product)) for _ in range(4)]

        def cancel(order: Order) -> Callable[[], None]:
            def act() -> None:
                with transaction.atomic():
                    part = Fulfilment.objects.get(order=order)
                    begin_cancelling(fulfilment=part, actor="test", at=AT)
                    finish_cancelling(fulfilment=part, order=Order.objects.get(pk=order.pk), actor="test", at=AT)

            return act

        def hand_over(order: Order) -> Callable[[], bool]:
            part = Fulfilment.objects.get(order=order)
            return lambda: deliver(fulfilment=part, actor="test", by_staff=False, at=AT, policy=policy())

        together([act for order in orders for act in (cancel(order), hand_over(order)) * 2])
        ended = list(Order.objects.values_list("status", "fulfilments__status"))
        assert set(ended) <= {("cancelled", "cancelled"), ("delivered", "delivered")}
        assert stock_of(product) == CONNECTIONS - 4 + ended.count(("cancelled", "cancelled"))


class TestASellerCountsWhileOthersBuy:
    def test_the_count_is_never_lost_between_two_sales(self) -> None:
        """Every sale is either in the old stock that the audit names, or taken from the new one."""
        product = make_product(stock=50)

        def recount() -> bool:
            return update_product(product_id=product.pk, changes=Changes(stock=100), actor="test", at=AT)

        together([recount, *[lambda: make_order(item(product))] * (CONNECTIONS - 1)])
        old, new = AuditEntry.objects.values_list("facts__stock", flat=True).get(act="changed")
        sold_before = 50 - old
        assert stock_of(product) == new - (CONNECTIONS - 1 - sold_before)
