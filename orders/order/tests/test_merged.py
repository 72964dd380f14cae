"""Tests of two lists read as one."""

from __future__ import annotations

from typing import Any

import pytest

from orders.order.merged import Merged
from orders.order.models import Order
from orders.order.queries import bought_by, sold_by
from orders.tests.factories import item, make_order, make_product, make_seller

pytestmark = pytest.mark.django_db


class TestMerged:
    def test_is_one_list_by_id_and_what_is_in_both_counts_once_with_the_first(self) -> None:
        ann = make_seller()
        hers = make_product(seller=ann)
        sold = make_order(item(hers))
        bought = make_order(buyer=ann)
        make_order()
        both = make_order(item(hers), item(make_product()), buyer=ann)
        merged = Merged(bought_by(ann), sold_by(ann))
        assert merged.order_by("-id")[:9] == [both, bought, sold]
        assert merged.order_by("id")[:9] == [sold, bought, both]
        assert merged.order_by("-id")[:2] == [both, bought]
        assert merged.filter(id__lt=both.pk).order_by("-id")[:1] == [bought]
        assert merged.filter(id__gt=sold.pk).order_by("id")[:1] == [bought]
        # As what she bought, she sees both parts of it.
        assert len(merged.order_by("-id")[:1][0].lines.all()) == 2

    def test_reads_no_more_than_a_page_of_each(self, django_assert_num_queries: Any) -> None:
        ann = make_seller()
        hers = make_product(seller=ann, stock=50)
        for _ in range(3):
            make_order(item(hers))
            make_order(buyer=ann)
        with django_assert_num_queries(6) as captured:
            assert len(Merged(bought_by(ann), sold_by(ann)).order_by("-id")[:2]) == 2
        assert [query["sql"].endswith("LIMIT 2") for query in captured].count(True) == 2

    def test_nothing_is_nothing(self) -> None:
        assert Merged(Order.objects.none(), Order.objects.none()).order_by("-id")[:5] == []
