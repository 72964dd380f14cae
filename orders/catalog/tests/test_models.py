"""Tests of what the database itself says about products and prices."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.kernel.money import Money
from orders.catalog.models import Price, Product
from orders.tests.factories import make_product

pytestmark = pytest.mark.django_db


class TestProduct:
    def test_a_sku_names_one_product(self) -> None:
        one, two = make_product(sku="TEE"), make_product()
        with pytest.raises(IntegrityError, match="a_sku_names_one_product"), transaction.atomic():
            Product.objects.filter(pk=two.pk).update(sku=one.sku)

    def test_stock_is_never_promised_twice(self) -> None:
        product = make_product(stock=1)
        with pytest.raises(IntegrityError, match="stock"), transaction.atomic():
            Product.objects.filter(pk=product.pk).update(stock=-1)

    def test_what_is_searched_follows_what_is_written(self) -> None:
        product = make_product(name="Red shoe")
        Product.objects.filter(pk=product.pk).update(name="Blue shoe")
        assert Product.objects.filter(search="blue").exists()
        assert not Product.objects.filter(search="red").exists()

    def test_says_what_it_is(self) -> None:
        assert str(make_product(sku="TEE", name="Tee")) == "TEE · Tee"


class TestPrice:
    @pytest.mark.parametrize(
        ("columns", "constraint"),
        [
            ({"amount_minor": 0}, "a_price_is_above_zero"),
            ({"currency": "XXX"}, "a_price_is_in_a_known_currency"),
            ({"currency": "USD"}, "a_product_has_one_price_per_currency"),
        ],
    )
    def test_a_price_that_cannot_be_is_refused(self, columns: dict[str, Any], constraint: str) -> None:
        product = make_product(prices={"INR": 5, "USD": 6})
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Price.objects.filter(product=product, currency="INR").update(**columns)

    def test_is_money(self) -> None:
        price = make_product(prices={"JPY": 500}).prices.get()
        assert price.money == Money(500, "JPY")
        assert str(price) == "500 JPY"
