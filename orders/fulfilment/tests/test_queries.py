"""Tests of locking fulfilments."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.errors import NotFound
from orders.fulfilment.queries import lock_fulfilment, lock_fulfilments
from orders.tests.factories import item, make_order, make_product

pytestmark = pytest.mark.django_db


class TestLockFulfilment:
    def test_locks_the_row_alone_and_brings_its_seller(self, django_assert_num_queries: Any) -> None:
        part = make_order().fulfilments.get()
        with django_assert_num_queries(1) as captured:
            assert lock_fulfilment(part.pk).seller.email
        assert 'FOR UPDATE OF "orders_fulfilment"' in captured[0]["sql"]

    def test_knows_no_other(self) -> None:
        with pytest.raises(NotFound):
            lock_fulfilment(0)


class TestLockFulfilments:
    def test_goes_by_ascending_id(self, django_assert_num_queries: Any) -> None:
        order = make_order(*(item(make_product()) for _ in range(3)))
        with django_assert_num_queries(1) as captured:
            parts = lock_fulfilments(order)
        assert [part.pk for part in parts] == sorted(part.pk for part in parts)
        assert len(parts) == 3
        assert 'ORDER BY "orders_fulfilment"."id" ASC' in captured[0]["sql"]
        assert "FOR UPDATE" in captured[0]["sql"]
