"""Tests of what an order shows to whom."""

from __future__ import annotations

from typing import Any

import pytest

from orders.order.doors import Capacity
from orders.order.models import Order
from orders.order.queries import with_parts
from orders.order.serializers import OrderOutput, order_json
from orders.order.services import allocate_refund, record_refunded, set_open_attempts
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product, make_seller

pytestmark = pytest.mark.django_db


def shown(order: Order, capacity: Capacity, **seen_by: Any) -> dict[str, Any]:
    return order_json(with_parts(Order.objects.filter(pk=order.pk), **seen_by).get(), capacity=capacity)


class TestOrderJson:
    @pytest.mark.parametrize(
        ("capacity", "sees_fees", "sees_buyer"),
        [
            (Capacity.BUYER, False, True),
            (Capacity.GUEST, False, True),
            (Capacity.STAFF, True, True),
            (Capacity.SELLER, True, False),
        ],
    )
    def test_each_capacity_sees_what_concerns_it(self, capacity: Capacity, sees_fees: bool, sees_buyer: bool) -> None:
        body = shown(make_paid_order(), capacity)
        assert (body["lines"][0]["fees"] is not None) == sees_fees
        assert (body["email"] is not None, body["cart_metadata"] is not None) == (sees_buyer, sees_buyer)

    def test_a_seller_is_told_what_went_back_of_their_own_part(self) -> None:
        ann = make_seller()
        order = make_paid_order(item(make_product(seller=ann)), item(make_product()))
        hers, other = order.fulfilments.order_by("id")
        allocate_refund(order, amounts={hers.pk: 300, other.pk: 500})
        body = shown(order, Capacity.SELLER, seller=ann)
        assert [body[name]["amount_minor"] for name in ("total", "paid", "refunded")] == [1_000, 1_000, 300]

    def test_a_seller_is_not_told_what_went_back_of_anothers_part(self) -> None:
        ann = make_seller()
        order = make_paid_order(item(make_product(seller=ann)), item(make_product()))
        hers, other = order.fulfilments.order_by("id")

        def told(hers_minor: int, others_minor: int) -> str:
            allocate_refund(order, amounts={hers.pk: hers_minor, other.pk: others_minor})
            record_refunded(order, amount_minor=hers_minor + others_minor, actor="test", at=AT)
            return str(shown(order, Capacity.SELLER, seller=ann)["payment_status"])

        assert told(0, 500) == "paid"
        assert told(300, 0) == "partially_refunded"
        assert told(700, 0) == "refunded"
        assert shown(order, Capacity.STAFF)["payment_status"] == "partially_refunded"

    def test_a_seller_is_told_of_a_dispute_about_the_whole_payment(self) -> None:
        order = make_paid_order()
        Order.objects.filter(pk=order.pk).update(disputed_minor=1)
        assert shown(order, Capacity.SELLER)["payment_status"] == "disputed"

    def test_a_seller_sees_whether_an_order_is_being_paid(self) -> None:
        order = make_order()
        assert shown(order, Capacity.SELLER)["payment_status"] == "unpaid"
        set_open_attempts(order, count=1, at=AT)
        assert shown(order, Capacity.SELLER)["payment_status"] == "processing"

    def test_is_what_the_schema_promises(self) -> None:
        body = shown(make_paid_order(), Capacity.STAFF)
        fields = OrderOutput().fields
        assert set(body) == set(fields)
        for name in ("lines", "fulfilments"):
            many: Any = fields[name]
            assert set(body[name][0]) == set(many.child.fields)
