"""Tests of what a cart costs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.money import BPS
from orders.catalog.rules import MAX_AMOUNT_MINOR
from orders.order.rules import Offer, Rates, by_seller, clean_metadata, merge_items, price_line, price_lines
from orders.order.rules.pricing import (
    AmountTooLarge,
    EmptyCart,
    InvalidItem,
    InvalidMetadata,
    InvalidQuantity,
    NoPriceInCurrency,
    ProductInactive,
    TooManyLines,
    UnknownSku,
)

RATES = Rates(platform_fee_bps=1_000, gateway_fee_bps=150)


def offer(sku: str = "A", *, unit_minor: int | None = 100, seller_id: int = 1, is_active: bool = True) -> Offer:
    return Offer(
        product_id=1, seller_id=seller_id, sku=sku, name="A thing", category="", is_active=is_active,
        unit_minor=unit_minor,
    )  # fmt: skip


def merge(*items: Any) -> dict[str, int]:
    return merge_items(items, max_lines=3, max_quantity=10)


class TestMergeItems:
    def test_merges_what_stands_twice_in_the_order_of_first_mention(self) -> None:
        items = [{"sku": "B", "quantity": 1}, {"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 3}]
        assert list(merge(*items).items()) == [("B", 4), ("A", 2)]

    def test_reads_no_price(self) -> None:
        assert merge({"sku": "A", "quantity": 1, "unit_minor": 1, "price": 0}) == {"A": 1}

    @pytest.mark.parametrize("quantity", [0, -1, 1.0, 1.5, True, False, "1", None, [1], 11, 10**30])
    def test_refuses_what_is_not_a_number_of_pieces(self, quantity: Any) -> None:
        with pytest.raises(InvalidQuantity) as refused:
            merge({"sku": "A", "quantity": quantity})
        assert (refused.value.code, refused.value.field, refused.value.facts) == (
            "invalid_quantity", "items", {"sku": "A"},
        )  # fmt: skip

    def test_bounds_the_sum_of_what_was_merged(self) -> None:
        assert merge({"sku": "A", "quantity": 9}, {"sku": "A", "quantity": 1}) == {"A": 10}
        with pytest.raises(InvalidQuantity):
            merge({"sku": "A", "quantity": 9}, {"sku": "A", "quantity": 2})

    def test_refuses_no_quantity(self) -> None:
        with pytest.raises(InvalidQuantity):
            merge({"sku": "A"})

    @pytest.mark.parametrize("sku", [None, 1, "", "a b", "a\0", ["A"], "x" * 65])
    def test_refuses_what_is_not_a_sku(self, sku: Any) -> None:
        with pytest.raises(InvalidItem):
            merge({"sku": sku, "quantity": 1})

    @pytest.mark.parametrize("item", [{}, {"quantity": 1}, "A", None, ["A", 1], 7])
    def test_refuses_what_is_not_an_item(self, item: Any) -> None:
        with pytest.raises(InvalidItem):
            merge(item)

    def test_refuses_an_empty_cart(self) -> None:
        with pytest.raises(EmptyCart):
            merge()

    def test_refuses_too_many_products_but_not_too_many_mentions(self) -> None:
        assert merge(*[{"sku": "A", "quantity": 1}] * 5) == {"A": 5}
        with pytest.raises(TooManyLines):
            merge(*[{"sku": sku, "quantity": 1} for sku in "ABCD"])


class TestRates:
    @pytest.mark.parametrize(
        "rates", [(1_000, 150, 0, 0), (10_000, 0, 0, 0), (5_000, 0, 10_000, 0), (0, 0, 10_000, 10_000)]
    )
    def test_may_take_the_whole_price(self, rates: tuple[int, int, int, int]) -> None:
        Rates(*rates)

    @pytest.mark.parametrize(
        "rates", [(10_000, 1, 0, 0), (9_000, 1_000, 1_800, 0), (1_000, 150, 0, 9_000), (-1, 0, 0, 0), (0, 0, 10_001, 0)]
    )
    def test_never_more_than_that(self, rates: tuple[int, int, int, int]) -> None:
        with pytest.raises(ValueError, match="whole price"):
            Rates(*rates)


class TestPriceLines:
    def test_floors_each_fee_per_line_as_in_the_example(self) -> None:
        """MONEY §1: lines 3,333 / 3,333 / 3,334 at 10 %: fees 333 each, sellers 3,000 / 3,000 / 3,001."""
        rates = Rates(platform_fee_bps=1_000, gateway_fee_bps=0)
        lines = price_lines(
            wanted={"A": 1, "B": 1, "C": 1},
            offers={
                "A": offer("A", unit_minor=3_333),
                "B": offer("B", unit_minor=3_333),
                "C": offer("C", unit_minor=3_334),
            },
            currency="INR",
            rates=rates,
        )
        assert [line.platform_fee_minor for line in lines] == [333, 333, 333]
        assert [line.seller_minor for line in lines] == [3_000, 3_000, 3_001]

    @pytest.mark.parametrize(
        ("rates", "expected"),
        [
            # 7 pieces at 143 are 1,001: 10 % are 100.1, 1.5 % are 15.015
            (Rates(1_000, 150), (100, 15, 0, 0, 886)),
            # 18 % tax on 115 are 20.7; 1 % withheld of 1,001 are 10.01
            (Rates(1_000, 150, 1_800, 100), (100, 15, 20, 10, 856)),
            (Rates(0, 0), (0, 0, 0, 0, 1_001)),
            (Rates(10_000, 0), (1_001, 0, 0, 0, 0)),
        ],
    )
    def test_takes_tax_on_the_fees_and_withholding_on_the_price(
        self, rates: Rates, expected: tuple[int, int, int, int, int]
    ) -> None:
        (line,) = price_lines(wanted={"A": 7}, offers={"A": offer(unit_minor=143)}, currency="INR", rates=rates)
        assert (line.unit_minor, line.quantity, line.amount_minor) == (143, 7, 1_001)
        fees = (line.platform_fee_minor, line.gateway_fee_minor, line.tax_minor, line.withheld_minor)
        assert (*fees, line.seller_minor) == expected

    def test_keeps_the_order_of_the_cart(self) -> None:
        lines = price_lines(
            wanted={"B": 1, "A": 1}, offers={"A": offer("A"), "B": offer("B")}, currency="INR", rates=RATES
        )
        assert [line.offer.sku for line in lines] == ["B", "A"]

    @pytest.mark.parametrize(
        ("sold", "error"),
        [
            ({}, UnknownSku),
            ({"A": offer(is_active=False)}, ProductInactive),
            ({"A": offer(unit_minor=None)}, NoPriceInCurrency),
            ({"A": offer(unit_minor=MAX_AMOUNT_MINOR // 2 + 1)}, AmountTooLarge),
        ],
    )
    def test_refuses_what_cannot_be_sold(self, sold: dict[str, Offer], error: type[Exception]) -> None:
        with pytest.raises(error):
            price_lines(wanted={"A": 2}, offers=sold, currency="INR", rates=RATES)

    def test_bounds_the_total_not_only_each_line(self) -> None:
        most = {"A": offer("A", unit_minor=MAX_AMOUNT_MINOR - 1), "B": offer("B", unit_minor=1)}
        assert len(price_lines(wanted={"A": 1, "B": 1}, offers=most, currency="INR", rates=RATES)) == 2
        with pytest.raises(AmountTooLarge):
            price_lines(wanted={"A": 1, "B": 2}, offers=most, currency="INR", rates=RATES)


class TestPriceLine:
    @given(
        unit_minor=st.integers(1, MAX_AMOUNT_MINOR),
        quantity=st.integers(1, 1_000),
        fees=st.lists(st.integers(0, BPS), min_size=4, max_size=4),
    )
    def test_no_unit_is_lost_and_no_seller_ends_in_debt(self, unit_minor: int, quantity: int, fees: list[int]) -> None:
        try:
            rates = Rates(*fees)
        except ValueError:
            rates = Rates(fees[0] // 4, fees[1] // 8, fees[2] // 2, fees[3] // 4)
        line = price_line(offer=offer(), quantity=quantity, unit_minor=unit_minor, rates=rates)
        taken = (line.platform_fee_minor, line.gateway_fee_minor, line.tax_minor, line.withheld_minor)
        assert line.amount_minor == unit_minor * quantity == sum(taken) + line.seller_minor
        assert min(*taken, line.seller_minor) >= 0
        # Floored: never more than the exact share, and less by under one unit.
        assert 0 <= line.amount_minor * rates.platform_fee_bps - line.platform_fee_minor * BPS < BPS


class TestBySeller:
    def test_sums_each_sellers_lines(self) -> None:
        sold = {"A": offer("A", seller_id=7), "B": offer("B", seller_id=3, unit_minor=50), "C": offer("C", seller_id=7)}
        lines = price_lines(wanted={"A": 1, "B": 1, "C": 2}, offers=sold, currency="INR", rates=RATES)
        assert list(by_seller(lines).items()) == [(7, 300), (3, 50)]


class TestCleanMetadata:
    @pytest.mark.parametrize("value", [{}, {"a": [1, {"b": None}], "ü": "€"}, {"note": "\\u0000 as text"}])
    def test_keeps_an_object(self, value: dict[str, Any]) -> None:
        assert clean_metadata(value) == value

    def test_masks_card_numbers_wherever_they_stand(self) -> None:
        card = "4242 4242 4242 4242"
        kept = clean_metadata({"note": f"card {card}", "list": [{"deep": card}], card: 1})
        assert "4242 4242" not in str(kept)

    @pytest.mark.parametrize(
        "value",
        [None, [], "text", 1, {"a": "x" * 8_192}, {"a": "nul\0"}, {"nul\0": 1}, {"a": [{"b": "\ud800"}]},
         {"a": float("nan")}, {"a": float("inf")}, {"a": object()}],
    )  # fmt: skip
    def test_refuses_what_postgres_cannot_hold(self, value: Any) -> None:
        with pytest.raises(InvalidMetadata):
            clean_metadata(value)

    def test_refuses_absurd_nesting(self) -> None:
        nested: Any = {}
        for _ in range(100_000):
            nested = {"a": nested}
        with pytest.raises(InvalidMetadata):
            clean_metadata(nested)
