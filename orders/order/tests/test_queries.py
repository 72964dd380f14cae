"""Tests of the order's lock and of who sees which orders."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.errors import NotFound
from orders.order.models import Order
from orders.order.queries import accepted_terms, lock_again, lock_order, offers, pieces, with_parts
from orders.tests.factories import AT, item, make_order, make_product, make_seller, make_user

pytestmark = pytest.mark.django_db


class TestLockOrder:
    def test_finds_by_public_id_and_locks(self, django_assert_num_queries: Any) -> None:
        order = make_order()
        with django_assert_num_queries(1) as captured:
            assert lock_order(order.public_id) == order
        assert "FOR UPDATE" in captured[0]["sql"]

    @pytest.mark.parametrize("public_id", ["ord_nobody", "", "' or 1=1"])
    def test_knows_no_other(self, public_id: str) -> None:
        with pytest.raises(NotFound):
            lock_order(public_id)


class TestLockAgain:
    def test_brings_the_row_up_to_date_in_place(self) -> None:
        order = make_order()
        Order.objects.filter(pk=order.pk).update(applied_minor=5)
        lock_again(order)
        assert order.applied_minor == 5


class TestOffers:
    def test_reads_everything_in_one_query_and_leaves_out_the_unknown(self, django_assert_num_queries: Any) -> None:
        one, two = make_product(prices={"INR": 7, "USD": 3}), make_product(prices={"USD": 4})
        with django_assert_num_queries(1):
            found = offers(skus=[one.sku, two.sku, "NONE"], currency="INR")
        assert {sku: offer.unit_minor for sku, offer in found.items()} == {one.sku: 7, two.sku: None}


class TestAcceptedTerms:
    def test_is_the_time_of_this_buyer_and_version(self) -> None:
        buyer = make_user()
        order = make_order(buyer=buyer)
        assert accepted_terms(buyer=buyer, version=order.terms_version) == AT
        assert accepted_terms(buyer=buyer, version="another") is None
        assert accepted_terms(buyer=make_user(), version=order.terms_version) is None


class TestWithParts:
    def test_loads_lines_and_parts_in_their_order(self, django_assert_num_queries: Any) -> None:
        first = make_order(item(make_product(sku="A")), item(make_product(sku="B")))
        second = make_order()
        with django_assert_num_queries(3):
            rows = [
                (order, len(order.lines.all()), len(order.fulfilments.all()))
                for order in with_parts(Order.objects.all())
            ]
        assert rows == [(second, 1, 1), (first, 2, 2)]

    def test_a_sellers_eyes_meet_only_their_own(self) -> None:
        ann, bob = make_seller(), make_seller()
        hers, his, more = make_product(seller=ann), make_product(seller=bob), make_product(seller=ann)
        order = make_order(item(his), item(hers), item(more))
        seen = with_parts(Order.objects.filter(pk=order.pk), seller=ann).get()
        assert [line.sku for line in seen.lines.all()] == [hers.sku, more.sku]
        assert [part.seller for part in seen.fulfilments.all()] == [ann]


class TestPieces:
    def test_sums_by_product(self) -> None:
        one, two = make_product(), make_product()
        order = make_order(item(one, 2), item(two, 3))
        assert pieces(order.lines.all()) == {one.pk: 2, two.pk: 3}
