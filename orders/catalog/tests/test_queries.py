"""Tests of what is found in the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from orders.catalog.models import Product
from orders.catalog.queries import listings, matching, on_sale, on_sale_or_own, priced_in
from orders.catalog.rules import InvalidProduct
from orders.tests.factories import make_product, make_seller

pytestmark = pytest.mark.django_db


def skus(products: QuerySet[Product]) -> list[str]:
    return [product.sku for product in products]


class TestListings:
    def test_come_newest_first_with_prices_and_seller_in_two_queries(self, django_assert_num_queries: Any) -> None:
        make_product(sku="A", prices={"USD": 5, "INR": 7})
        make_product(sku="B")
        with django_assert_num_queries(2):
            found = [(p.sku, p.seller.email, [price.currency for price in p.prices.all()]) for p in listings()]
        assert [(sku, currencies) for sku, _, currencies in found] == [("B", ["INR"]), ("A", ["INR", "USD"])]


class TestOnSale:
    def test_hides_what_was_taken_off_the_shelf_except_from_its_seller(self) -> None:
        gone, other = make_product(sku="GONE"), make_product(sku="HERE")
        Product.objects.filter(pk=gone.pk).update(is_active=False)
        assert skus(on_sale()) == ["HERE"]
        assert skus(on_sale_or_own(seller=gone.seller)) == ["HERE", "GONE"]
        assert skus(on_sale_or_own(seller=other.seller)) == ["HERE"]
        assert skus(on_sale_or_own(seller=make_seller())) == ["HERE"]


class TestMatching:
    @pytest.fixture(autouse=True)
    def shelf(self) -> None:
        make_product(sku="RED-1", name="Red running shoe", category="shoes", description="light as air")
        make_product(sku="BLUE-1", name="Blue running shoe", category="shoes")
        make_product(sku="TIX-9", name="Jazz night", category="tickets", description="100% brass_band")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("running", ["BLUE-1", "RED-1"]),
            ("RUNNING shoe", ["BLUE-1", "RED-1"]),
            ("running -blue", ["RED-1"]),
            ('"running shoe" red', ["RED-1"]),
            ("red or jazz", ["TIX-9", "RED-1"]),
            ("shoes", ["BLUE-1", "RED-1"]),
            ("air", ["RED-1"]),
            ("tix", ["TIX-9"]),
            ("blue-", ["BLUE-1"]),
            ("  ", ["TIX-9", "BLUE-1", "RED-1"]),
            ("elephant", []),
            ("%", []),
            ("_", []),
            ("'; drop table orders_product; --", []),
            ('" & ( | !', []),
        ],
    )
    def test_finds_words_and_the_beginning_of_a_sku(self, text: str, expected: list[str]) -> None:
        assert skus(matching(listings(), text=text)) == expected

    def test_refuses_nul(self) -> None:
        with pytest.raises(InvalidProduct):
            matching(listings(), text="a\0b")

    def test_both_ways_of_finding_are_served_by_indexes(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_indexscan = off")
        plan = matching(Product.objects.order_by(), text="red").explain()
        assert "product_search" in plan
        assert "product_sku_prefix" in plan


class TestPricedIn:
    @pytest.fixture(autouse=True)
    def shelf(self) -> None:
        make_product(sku="CHEAP", prices={"INR": 100})
        make_product(sku="DEAR", prices={"INR": 900, "USD": 100})

    @pytest.mark.parametrize(
        ("currency", "least", "most", "expected"),
        [
            ("INR", None, None, ["DEAR", "CHEAP"]),
            ("USD", None, None, ["DEAR"]),
            ("EUR", None, None, []),
            ("INR", 100, 100, ["CHEAP"]),
            ("INR", 101, None, ["DEAR"]),
            ("INR", None, 899, ["CHEAP"]),
        ],
    )
    def test_bounds_are_inclusive_and_of_the_same_currency(
        self, currency: str, least: int | None, most: int | None, expected: list[str]
    ) -> None:
        found = priced_in(listings(), currency=currency, at_least_minor=least, at_most_minor=most)
        assert skus(found) == expected
