"""Tests of delivering, cancelling and completing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from config.audit.models import AuditEntry
from config.kernel.states import MoveNotAllowed
from orders.catalog.models import Product
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import (
    NotAwaiting,
    OrderNotPaid,
    begin_cancelling,
    complete,
    deliver,
    finish_cancelling,
    freeze_deadlines,
)
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order
from orders.order.states import OrderStatus
from orders.tests.factories import (
    AT,
    force,
    item,
    make_order,
    make_paid_order,
    make_product,
    make_seller,
    policy,
    traces,
)

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=30)


def deliver_it(part: Fulfilment, *, by_staff: bool = False, **given: Any) -> bool:
    return deliver(
        fulfilment=part, actor="user:seller", by_staff=by_staff, **{"at": LATER, "policy": settings.POLICY, **given}
    )


@pytest.fixture
def order() -> Order:
    """Paid, two sellers, three pieces."""
    return make_paid_order(item(make_product(stock=5), 2), item(make_product(stock=5)))


@pytest.fixture
def parts(order: Order) -> list[Fulfilment]:
    return list(order.fulfilments.order_by("id"))


class TestDeliver:
    def test_stamps_the_time_and_starts_the_release_delay(self, order: Order, parts: list[Fulfilment]) -> None:
        assert deliver_it(parts[0], policy=policy(release_delay_minutes=90), reason="handed over")
        part = Fulfilment.objects.get(pk=parts[0].pk)
        assert (part.status, part.delivered_at, part.release_at) == ("delivered", LATER, LATER + timedelta(minutes=90))
        entry = AuditEntry.objects.get(subject_id=part.public_id)
        assert (entry.actor, entry.reason, entry.at) == ("user:seller", "handed over", LATER)

    def test_moves_the_order_with_its_last_part(self, order: Order, parts: list[Fulfilment]) -> None:
        deliver_it(parts[1])
        order.refresh_from_db()
        assert order.status == "paid"
        deliver_it(parts[0])
        order.refresh_from_db()
        assert order.status == "delivered"

    @pytest.mark.parametrize("status", ["delivered", "completed"])
    def test_told_twice_changes_nothing(self, parts: list[Fulfilment], status: str) -> None:
        force(parts[0], status)
        before = traces()
        assert not deliver_it(parts[0], at=LATER + timedelta(days=1))
        assert traces() == before

    def test_also_after_its_deadline_while_nobody_cancelled_it(self, parts: list[Fulfilment]) -> None:
        force(parts[0], "awaiting", deliver_by=AT)
        assert deliver_it(parts[0])

    @pytest.mark.parametrize("status", [s for s in OrderStatus.values if s not in ("paid", "delivered")])
    def test_refuses_where_the_order_is_not_paid(self, order: Order, parts: list[Fulfilment], status: str) -> None:
        force(order, status)
        before = traces()
        with pytest.raises(OrderNotPaid):
            deliver_it(parts[0])
        assert traces() == before

    @pytest.mark.parametrize("status", ["cancelling", "cancelled", "review"])
    def test_refuses_a_seller_what_is_not_awaited(self, parts: list[Fulfilment], status: str) -> None:
        force(parts[0], status)
        before = traces()
        with pytest.raises(NotAwaiting) as refused:
            deliver_it(parts[0])
        assert (refused.value.code, refused.value.http_status) == ("not_awaiting", 409)
        assert traces() == before

    def test_lets_staff_settle_a_review(self, parts: list[Fulfilment]) -> None:
        force(parts[0], "review")
        assert deliver_it(parts[0], by_staff=True)

    def test_does_not_trust_a_row_that_somebody_read_earlier(self, parts: list[Fulfilment]) -> None:
        Fulfilment.objects.filter(pk=parts[0].pk).update(status="cancelling")
        with pytest.raises(NotAwaiting):
            deliver_it(parts[0])


class TestBeginCancelling:
    def test_stops_it_and_leaves_stock_and_order_alone(self, order: Order, parts: list[Fulfilment]) -> None:
        before = traces()
        assert begin_cancelling(fulfilment=parts[0], actor="test", at=LATER, reason="too late")
        after = traces()
        assert (after["Product"], after["Order"]) == (before["Product"], before["Order"])
        assert Fulfilment.objects.get(pk=parts[0].pk).status == "cancelling"

    @pytest.mark.parametrize("status", ["cancelling", "cancelled"])
    def test_told_twice_changes_nothing(self, parts: list[Fulfilment], status: str) -> None:
        force(parts[0], status)
        before = traces()
        assert not begin_cancelling(fulfilment=parts[0], actor="test", at=LATER)
        assert traces() == before

    @pytest.mark.parametrize("status", ["delivered", "completed", "review"])
    def test_refuses_what_is_not_awaited(self, parts: list[Fulfilment], status: str) -> None:
        force(parts[0], status)
        before = traces()
        with pytest.raises(NotAwaiting):
            begin_cancelling(fulfilment=parts[0], actor="test", at=LATER)
        assert traces() == before

    def test_refuses_a_part_of_an_unpaid_order(self) -> None:
        part = make_order().fulfilments.get()
        before = traces()
        with pytest.raises(OrderNotPaid):
            begin_cancelling(fulfilment=part, actor="test", at=LATER)
        assert traces() == before


class TestFinishCancelling:
    def test_returns_the_stock_of_this_part_and_leaves_the_order_paid(
        self, order: Order, parts: list[Fulfilment]
    ) -> None:
        begin_cancelling(fulfilment=parts[0], actor="test", at=LATER)
        assert finish_cancelling(fulfilment=parts[0], order=order, actor="test", at=LATER)
        assert list(Product.objects.order_by("id").values_list("stock", flat=True)) == [5, 4]
        order.refresh_from_db()
        assert order.status == "paid"

    def test_the_last_one_cancels_the_order(self, order: Order, parts: list[Fulfilment]) -> None:
        for part in parts:
            begin_cancelling(fulfilment=part, actor="test", at=LATER)
            finish_cancelling(fulfilment=part, order=order, actor="test", at=LATER)
        order.refresh_from_db()
        assert (order.status, order.closed_at) == ("cancelled", LATER)
        assert list(Product.objects.order_by("id").values_list("stock", flat=True)) == [5, 5]

    def test_the_rest_that_was_delivered_makes_the_order_delivered(self, order: Order, parts: list[Fulfilment]) -> None:
        deliver_it(parts[1])
        begin_cancelling(fulfilment=parts[0], actor="test", at=LATER)
        finish_cancelling(fulfilment=parts[0], order=order, actor="test", at=LATER)
        order.refresh_from_db()
        assert order.status == "delivered"

    def test_never_returns_stock_twice(self, order: Order, parts: list[Fulfilment]) -> None:
        begin_cancelling(fulfilment=parts[0], actor="test", at=LATER)
        finish_cancelling(fulfilment=parts[0], order=order, actor="test", at=LATER)
        before = traces()
        assert not finish_cancelling(fulfilment=parts[0], order=order, actor="test", at=LATER)
        assert traces() == before

    def test_a_person_settles_a_review(self, order: Order, parts: list[Fulfilment]) -> None:
        force(parts[0], "review")
        assert finish_cancelling(fulfilment=parts[0], order=order, actor="test", at=LATER)

    @pytest.mark.parametrize("status", ["awaiting", "delivered", "completed"])
    def test_refuses_what_was_not_being_cancelled(self, order: Order, parts: list[Fulfilment], status: str) -> None:
        force(parts[0], status)
        before = traces()
        with pytest.raises(MoveNotAllowed):
            finish_cancelling(fulfilment=parts[0], order=order, actor="test", at=LATER)
        assert traces() == before


class TestComplete:
    def test_moves_the_order_with_its_last_part(self, order: Order, parts: list[Fulfilment]) -> None:
        for part in parts:
            deliver_it(part)
        assert complete(fulfilment=parts[0], order=order, actor="user:buyer", at=LATER)
        assert order.status == "delivered"
        assert complete(fulfilment=parts[1], order=order, actor="user:buyer", at=LATER)
        assert (order.status, order.closed_at) == ("completed", LATER)

    def test_told_twice_changes_nothing(self, order: Order, parts: list[Fulfilment]) -> None:
        force(parts[0], "completed")
        before = traces()
        assert not complete(fulfilment=parts[0], order=order, actor="test", at=LATER)
        assert traces() == before

    @pytest.mark.parametrize("status", [s for s in FulfilmentStatus.values if s not in ("delivered", "completed")])
    def test_refuses_what_was_not_delivered(self, order: Order, parts: list[Fulfilment], status: str) -> None:
        force(parts[0], status)
        before = traces()
        with pytest.raises(MoveNotAllowed):
            complete(fulfilment=parts[0], order=order, actor="test", at=LATER)
        assert traces() == before


class TestFreezeDeadlines:
    def test_is_the_shortest_of_each_parts_categories(self) -> None:
        ann, bob = make_seller(), make_seller()
        order = make_order(
            item(make_product(seller=ann, category="shoes")),
            item(make_product(seller=ann, category="tickets")),
            item(make_product(seller=bob, category="shoes")),
            item(make_product(category="hats")),
        )
        numbers = policy(escrow_timeout_minutes=60, escrow_timeout_minutes_by_category={"tickets": 15, "shoes": 4_320})
        parts = list(order.fulfilments.order_by("id"))
        freeze_deadlines(fulfilments=parts, at=AT, policy=numbers)
        deadlines = [part.deliver_by for part in order.fulfilments.order_by("id")]
        assert deadlines == [AT + timedelta(minutes=minutes) for minutes in (15, 4_320, 60)]
        assert [part.deliver_by for part in parts] == deadlines

    def test_does_not_read_categories_that_make_no_difference(
        self, parts: list[Fulfilment], django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            freeze_deadlines(fulfilments=parts, at=AT, policy=policy(escrow_timeout_minutes=60))
        assert {part.deliver_by for part in parts} == {AT + timedelta(minutes=60)}

    def test_is_frozen_once(self, parts: list[Fulfilment]) -> None:
        freeze_deadlines(fulfilments=parts, at=AT, policy=policy(escrow_timeout_minutes=60))
        before = traces()
        freeze_deadlines(fulfilments=parts, at=LATER, policy=policy(escrow_timeout_minutes=5))
        assert traces() == before

    def test_costs_two_statements_however_many_parts(
        self, parts: list[Fulfilment], django_assert_max_num_queries: Any
    ) -> None:
        # and a savepoint of bulk_update with its release, because the test is a transaction
        with django_assert_max_num_queries(4):
            freeze_deadlines(fulfilments=parts, at=AT, policy=settings.POLICY)
