"""Tests of what somebody bought and sold, as one list."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from orders.order.models import Order
from orders.order.own import OwnOrders
from orders.tests.factories import item, make_order, make_product, make_seller

pytestmark = pytest.mark.django_db


class TestOwnOrders:
    def test_is_one_list_by_id(self) -> None:
        ann = make_seller()
        hers = make_product(seller=ann)
        sold = make_order(item(hers))
        bought = make_order(buyer=ann)
        make_order()
        both = make_order(item(hers), item(make_product()), buyer=ann)
        own = OwnOrders(ann)
        assert own.order_by("-id")[:9] == [both, bought, sold]
        assert own.order_by("id")[:9] == [sold, bought, both]
        assert own.order_by("-id")[:2] == [both, bought]
        assert own.filter(id__lt=both.pk).order_by("-id")[:1] == [bought]
        assert own.filter(id__gt=sold.pk).order_by("id")[:1] == [bought]
        Order.objects.filter(pk=sold.pk).update(status="cancelled")
        assert own.filter(status="cancelled")[:9] == [sold]
        assert own.filter(status="cancelled", id__lt=sold.pk)[:9] == []

    def test_shows_all_of_what_was_bought_and_the_own_part_of_what_was_sold(self) -> None:
        ann = make_seller()
        hers = make_product(seller=ann)
        make_order(item(hers), item(make_product()))
        make_order(item(hers), item(make_product()), buyer=ann)
        bought, sold = OwnOrders(ann)[:9]
        assert [len(order.lines.all()) for order in (bought, sold)] == [2, 1]
        assert [len(order.fulfilments.all()) for order in (bought, sold)] == [2, 1]

    def test_reads_no_more_than_a_page_of_each(self, django_assert_num_queries: Any) -> None:
        ann = make_seller()
        hers = make_product(seller=ann, stock=50)
        for _ in range(3):
            make_order(item(hers))
            make_order(buyer=ann)
        # ids of each, and orders with lines and parts of each
        with django_assert_num_queries(8) as captured:
            assert len(OwnOrders(ann)[:2]) == 2
        assert [query["sql"].endswith("LIMIT 2") for query in captured].count(True) == 2

    def test_enters_the_index_where_the_page_begins(self, django_assert_num_queries: Any) -> None:
        ann = make_seller()
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
            )
        with django_assert_num_queries(2) as captured:
            assert OwnOrders(ann).filter(id__lt=1_000)[:5] == []
        plans = []
        for query in captured:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
        assert "order_buyer" in plans[0]
        assert "one_fulfilment_per_order_and_seller" in plans[1]
        assert "order_id < 1000" in plans[1].partition("Index Cond")[2]

    def test_of_nobody_is_nothing(self) -> None:
        make_order()
        assert OwnOrders(make_seller())[:5] == []
