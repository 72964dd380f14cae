"""Tests of ending an order that was never paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.catalog.models import Product
from orders.order.models import Order
from orders.order.services import apply_payment, cancel_unpaid_order, expire_order, set_open_attempts
from orders.order.services.closing import AttemptOpen, OrderHasMoney, OrderNotUnpaid, ReservationRunning
from orders.order.services.sums import OrderTakesNoMore
from orders.tests.factories import AT, force, item, make_order, make_paid_order, make_product, traces

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(settings: Any) -> Order:
    listeners = {topic: ["somebody.listens"] for topic in ("order.expired", "order.cancelled")}
    settings.LISTENERS = {**settings.LISTENERS, **listeners}
    return make_order(item(make_product(stock=5), 2), item(make_product(stock=1)))


def stocks() -> list[int]:
    return list(Product.objects.order_by("id").values_list("stock", flat=True))


class TestExpireOrder:
    def test_ends_it_with_its_parts_and_returns_the_stock(self, order: Order) -> None:
        assert stocks() == [3, 0]
        assert expire_order(order, actor="system:reservations", at=order.reserved_until)
        assert (order.status, order.closed_at) == ("expired", order.reserved_until)
        assert set(order.fulfilments.values_list("status", flat=True)) == {"cancelled"}
        assert stocks() == [5, 1]
        assert OutboxJob.objects.get().topic == "order.expired"
        part = order.fulfilments.first()
        moves = (
            AuditEntry.objects.filter(subject_id=part.public_id).order_by("id").values_list("from_state", "to_state")
        )
        assert list(moves) == [("awaiting", "cancelling"), ("cancelling", "cancelled")]

    def test_happens_once_however_often_it_is_told(self, order: Order) -> None:
        expire_order(order, actor="test", at=order.reserved_until)
        before = traces()
        assert not expire_order(Order.objects.get(pk=order.pk), actor="test", at=order.reserved_until)
        assert traces() == before

    def test_refuses_before_its_time(self, order: Order) -> None:
        before = traces()
        with pytest.raises(ReservationRunning):
            expire_order(order, actor="test", at=order.reserved_until - timedelta(seconds=1))
        assert traces() == before

    def test_refuses_while_a_gateway_could_still_take_money(self, order: Order) -> None:
        set_open_attempts(order, count=1, at=AT)
        before = traces()
        with pytest.raises(AttemptOpen):
            expire_order(order, actor="test", at=order.reserved_until)
        assert traces() == before

    def test_refuses_when_it_has_taken_a_part_of_its_money(self, order: Order) -> None:
        apply_payment(order, amount_minor=1, actor="test", at=AT)
        before = traces()
        with pytest.raises(OrderHasMoney):
            expire_order(order, actor="test", at=order.reserved_until)
        assert traces() == before

    def test_refuses_when_it_was_paid_meanwhile(self, order: Order) -> None:
        stale = Order.objects.get(pk=order.pk)
        apply_payment(order, amount_minor=order.total_minor, actor="test", at=AT)
        before = traces()
        with pytest.raises(OrderHasMoney):
            expire_order(stale, actor="test", at=order.reserved_until)
        assert traces() == before

    def test_refuses_what_was_cancelled(self, order: Order) -> None:
        cancel_unpaid_order(order, actor="test", at=AT)
        before = traces()
        with pytest.raises(OrderNotUnpaid):
            expire_order(order, actor="test", at=order.reserved_until)
        assert traces() == before

    def test_money_after_it_is_not_taken(self, order: Order) -> None:
        expire_order(order, actor="test", at=order.reserved_until)
        with pytest.raises(OrderTakesNoMore), transaction.atomic():
            apply_payment(order, amount_minor=order.total_minor, actor="test", at=AT)


class TestCancelUnpaidOrder:
    def test_ends_it_with_its_parts_and_returns_the_stock(self, order: Order) -> None:
        assert cancel_unpaid_order(order, actor="user:x", at=AT, reason="changed my mind")
        assert (order.status, order.closed_at) == ("cancelled", AT)
        assert set(order.fulfilments.values_list("status", flat=True)) == {"cancelled"}
        assert stocks() == [5, 1]
        assert OutboxJob.objects.get().topic == "order.cancelled"
        entry = AuditEntry.objects.get(subject_id=order.public_id, act="move")
        assert (entry.actor, entry.reason) == ("user:x", "changed my mind")

    def test_is_cancelled_not_expired_also_after_its_time(self, order: Order) -> None:
        cancel_unpaid_order(order, actor="test", at=order.reserved_until + timedelta(hours=1))
        assert order.status == "cancelled"

    def test_happens_once_however_often_it_is_told(self, order: Order) -> None:
        cancel_unpaid_order(order, actor="test", at=AT)
        before = traces()
        assert not cancel_unpaid_order(Order.objects.get(pk=order.pk), actor="test", at=AT)
        assert traces() == before

    @pytest.mark.parametrize("status", ["paid", "delivered", "completed", "cancelled", "refunded"])
    def test_refuses_what_has_money(self, status: str) -> None:
        order = make_paid_order()
        force(order, status)
        before = traces()
        with pytest.raises(OrderHasMoney):
            cancel_unpaid_order(order, actor="test", at=AT)
        assert traces() == before

    def test_refuses_what_has_expired(self, order: Order) -> None:
        expire_order(order, actor="test", at=order.reserved_until)
        before = traces()
        with pytest.raises(OrderNotUnpaid):
            cancel_unpaid_order(order, actor="test", at=AT)
        assert traces() == before
