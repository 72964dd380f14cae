"""Tests of listing, changing, reserving and returning."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.errors import NotFound
from orders.catalog.models import Price, Product
from orders.catalog.rules import InvalidProduct, UnknownCurrency
from orders.catalog.services import (
    Changes,
    OutOfStock,
    SkuTaken,
    adjust_stock,
    create_product,
    reserve,
    return_stock,
    update_product,
)
from orders.tests.factories import AT, make_product, make_seller, traces

pytestmark = pytest.mark.django_db


def stock_of(product: Product) -> int:
    return Product.objects.values_list("stock", flat=True).get(pk=product.pk)


def prices_of(product: Product) -> dict[str, int]:
    return dict(Price.objects.filter(product=product).values_list("currency", "amount_minor"))


class TestCreateProduct:
    def test_lists_it_with_its_prices_and_says_who_did(self) -> None:
        seller = make_seller()
        product = create_product(
            seller=seller, sku="TEE", name=" Tee ", prices={"INR": 900, "JPY": 50}, stock=3, category="shirts",
            description="soft", actor=seller.actor, at=AT,
        )  # fmt: skip
        product.refresh_from_db()
        assert (product.seller, product.name, product.category, product.stock) == (seller, "Tee", "shirts", 3)
        assert (product.created_at, product.updated_at, product.is_active) == (AT, AT, True)
        assert prices_of(product) == {"INR": 900, "JPY": 50}
        entry = AuditEntry.objects.get(subject_id=product.public_id)
        assert (entry.act, entry.actor, entry.facts) == (
            "listed", seller.actor, {"stock": 3, "prices": {"INR": 900, "JPY": 50}},
        )  # fmt: skip

    def test_refuses_a_sku_that_names_another_product(self) -> None:
        make_product(sku="TEE")
        before = traces()
        with pytest.raises(SkuTaken):
            make_product(sku="TEE", seller=make_seller())
        assert traces() == before

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("sku", "a b", InvalidProduct),
            ("name", "", InvalidProduct),
            ("category", "Caps", InvalidProduct),
            ("stock", -1, InvalidProduct),
            ("prices", {}, InvalidProduct),
            ("prices", {"INR": 0}, InvalidProduct),
            ("prices", {"XXX": 5}, UnknownCurrency),
            ("description", "\0", InvalidProduct),
        ],
    )
    def test_refuses_bad_fields_and_writes_nothing(self, field: str, value: Any, error: type[Exception]) -> None:
        given = {
            "seller": make_seller(), "sku": "TEE", "name": "Tee", "prices": {"INR": 5}, "stock": 1, "category": "",
            "description": "", "actor": "test", "at": AT,
        }  # fmt: skip
        before = traces()
        with pytest.raises(error):
            create_product(**{**given, field: value})
        assert traces() == before


class TestUpdateProduct:
    def test_changes_what_is_given_and_keeps_old_and_new(self) -> None:
        product = make_product(stock=5, name="Old")
        later = AT + timedelta(hours=1)
        changes = Changes(name="New", stock=2, is_active=False)
        assert update_product(product_id=product.pk, changes=changes, actor="user:x", at=later)
        product.refresh_from_db()
        assert (product.name, product.stock, product.is_active, product.updated_at) == ("New", 2, False, later)
        entry = AuditEntry.objects.get(subject_id=product.public_id, act="changed")
        assert entry.facts == {"name": ["Old", "New"], "stock": [5, 2], "is_active": [True, False]}

    def test_writes_nothing_when_it_is_like_that_already(self) -> None:
        product = make_product(stock=5, prices={"INR": 7})
        before = traces()
        changes = Changes(name=product.name, stock=5, prices={"INR": 7}, is_active=True, category="", description="")
        assert not update_product(product_id=product.pk, changes=changes, actor="test", at=AT + timedelta(hours=1))
        assert traces() == before

    def test_prices_are_replaced_and_changed_ones_are_new_to_the_gateways(self) -> None:
        product = make_product(prices={"INR": 7, "USD": 8, "EUR": 9})
        Price.objects.filter(product=product).update(gateway_price_ids={"stripe": "price_1"})
        prices = {"INR": 7, "USD": 10, "JPY": 11}
        update_product(product_id=product.pk, changes=Changes(prices=prices), actor="test", at=AT)
        assert prices_of(product) == prices
        known = dict(Price.objects.filter(product=product).values_list("currency", "gateway_price_ids"))
        assert known == {"INR": {"stripe": "price_1"}, "USD": {}, "JPY": {}}

    @pytest.mark.parametrize(
        "changes", [Changes(stock=-1), Changes(prices={}), Changes(prices={"INR": True}), Changes(name=" ")]
    )
    def test_refuses_bad_values_and_writes_nothing(self, changes: Changes) -> None:
        product = make_product()
        before = traces()
        with pytest.raises(InvalidProduct):
            update_product(product_id=product.pk, changes=changes, actor="test", at=AT)
        assert traces() == before

    def test_knows_no_stranger(self) -> None:
        with pytest.raises(NotFound):
            update_product(product_id=0, changes=Changes(stock=1), actor="test", at=AT)


class TestReserve:
    def test_takes_from_each(self) -> None:
        one, two = make_product(stock=5), make_product(stock=2)
        reserve(quantities={two.pk: 2, one.pk: 1})
        assert (stock_of(one), stock_of(two)) == (4, 0)

    def test_names_the_sku_that_has_too_few_and_takes_none(self) -> None:
        one, two = make_product(stock=5), make_product(stock=2, sku="FEW")
        before = traces()
        with pytest.raises(OutOfStock) as refused:
            reserve(quantities={one.pk: 1, two.pk: 3})
        assert (refused.value.code, refused.value.facts["sku"], refused.value.http_status) == (
            "out_of_stock",
            "FEW",
            409,
        )
        assert "FEW" in refused.value.detail
        assert traces() == before

    def test_takes_nothing_of_what_is_no_longer_sold(self) -> None:
        product = make_product(stock=5)
        Product.objects.filter(pk=product.pk).update(is_active=False)
        with pytest.raises(OutOfStock):
            reserve(quantities={product.pk: 1})
        assert stock_of(product) == 5

    def test_goes_by_ascending_id_so_that_two_carts_never_wait_in_a_circle(
        self, django_assert_num_queries: Any
    ) -> None:
        one, two, three = (make_product() for _ in range(3))
        with django_assert_num_queries(5) as captured:
            reserve(quantities={three.pk: 1, one.pk: 1, two.pk: 1})
        updates = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
        assert [f'"id" = {product.pk}' in sql for product, sql in zip((one, two, three), updates, strict=True)] == [
            True
        ] * 3


class TestReturnStock:
    def test_puts_back_what_was_taken(self) -> None:
        one, two = make_product(stock=5), make_product(stock=2)
        reserve(quantities={one.pk: 5, two.pk: 1})
        return_stock(quantities={two.pk: 1, one.pk: 5})
        assert (stock_of(one), stock_of(two)) == (5, 2)

    def test_also_of_what_is_no_longer_sold(self) -> None:
        product = make_product(stock=0)
        Product.objects.filter(pk=product.pk).update(is_active=False)
        return_stock(quantities={product.pk: 2})
        assert stock_of(product) == 2


class TestAdjustStock:
    @pytest.mark.parametrize(("by", "expected"), [(3, 8), (-5, 0), (-1, 4)])
    def test_counts_from_what_is_there(self, by: int, expected: int) -> None:
        product = make_product(stock=5)
        later = AT + timedelta(hours=1)
        assert adjust_stock(product_id=product.pk, by=by, actor="user:x", at=later, reason="counted") == expected
        product.refresh_from_db()
        assert (product.stock, product.updated_at) == (expected, later)
        entry = AuditEntry.objects.get(subject_id=product.public_id, act="changed")
        assert (entry.reason, entry.facts) == ("counted", {"stock": [5, expected]})

    @pytest.mark.parametrize(
        ("by", "error"),
        [(-6, OutOfStock), (0, InvalidProduct), (True, InvalidProduct), (1.5, InvalidProduct), (10**9, InvalidProduct)],
    )
    def test_refuses_what_leaves_no_stock(self, by: Any, error: type[Exception]) -> None:
        product = make_product(stock=5)
        before = traces()
        with pytest.raises(error):
            adjust_stock(product_id=product.pk, by=by, actor="test", at=AT, reason="")
        assert traces() == before

    def test_knows_no_stranger(self) -> None:
        with pytest.raises(NotFound):
            adjust_stock(product_id=0, by=1, actor="test", at=AT, reason="")
