"""Tests of what a listing must look like."""

from __future__ import annotations

from typing import Any

import pytest

from orders.catalog import rules
from orders.catalog.rules import InvalidProduct, UnknownCurrency


class TestCleanSku:
    @pytest.mark.parametrize("sku", ["A", "tee-shirt_XL.2", "0" * 64])
    def test_takes_what_stands_on_labels(self, sku: str) -> None:
        assert rules.clean_sku(sku) == sku

    @pytest.mark.parametrize("sku", ["", " A", "-A", "a b", "a/b", "ä", "a\n", "0" * 65, 7, None, ["A"]])
    def test_refuses_the_rest_and_names_the_field(self, sku: Any) -> None:
        with pytest.raises(InvalidProduct) as refused:
            rules.clean_sku(sku)
        assert (refused.value.code, refused.value.field) == ("invalid_product", "sku")


class TestCleanName:
    def test_strips(self) -> None:
        assert rules.clean_name("  Red shoes ") == "Red shoes"

    @pytest.mark.parametrize("name", ["", "   ", "a" * 201, "two\nlines", "nul\0", "\ud800", 5, None])
    def test_refuses_what_breaks_a_mail_or_the_database(self, name: Any) -> None:
        with pytest.raises(InvalidProduct):
            rules.clean_name(name)

    def test_masks_a_card_number_that_somebody_typed(self) -> None:
        assert "4242424242424242" not in rules.clean_name("call me 4242 4242 4242 4242")


class TestCleanDescription:
    def test_may_be_empty_or_have_lines(self) -> None:
        assert rules.clean_description("") == ""
        assert rules.clean_description("one\n\ttwo ") == "one\n\ttwo"

    @pytest.mark.parametrize("text", ["a" * 5001, "bell\a"])
    def test_refuses_too_much_and_controls(self, text: str) -> None:
        with pytest.raises(InvalidProduct):
            rules.clean_description(text)


class TestCleanCategory:
    @pytest.mark.parametrize("category", ["", "tickets", "mens-shoes", "0" * 60])
    def test_takes_lower_case_words(self, category: str) -> None:
        assert rules.clean_category(category) == category

    @pytest.mark.parametrize("category", ["Tickets", "a b", "-a", "0" * 61, None, 1])
    def test_refuses_the_rest(self, category: Any) -> None:
        with pytest.raises(InvalidProduct):
            rules.clean_category(category)


class TestCleanStock:
    @pytest.mark.parametrize("stock", [0, 1, 1_000_000_000])
    def test_takes_whole_pieces(self, stock: int) -> None:
        assert rules.clean_stock(stock) == stock

    @pytest.mark.parametrize("stock", [-1, 1_000_000_001, 1.0, True, "3", None])
    def test_refuses_the_rest(self, stock: Any) -> None:
        with pytest.raises(InvalidProduct):
            rules.clean_stock(stock)


class TestCleanPrices:
    def test_takes_minor_units_by_currency(self) -> None:
        assert rules.clean_prices({"INR": 1, "JPY": 99_999_999}) == {"INR": 1, "JPY": 99_999_999}

    @pytest.mark.parametrize("amount", [0, -1, 1.5, True, "100", 100_000_000])
    def test_refuses_amounts_that_no_gateway_takes(self, amount: Any) -> None:
        with pytest.raises(InvalidProduct):
            rules.clean_prices({"INR": amount})

    @pytest.mark.parametrize("currency", ["inr", "XXX", "", 356])
    def test_refuses_unknown_currencies(self, currency: Any) -> None:
        with pytest.raises(UnknownCurrency):
            rules.clean_prices({currency: 100})

    def test_refuses_a_product_without_a_price(self) -> None:
        with pytest.raises(InvalidProduct):
            rules.clean_prices({})


class TestCleanSearch:
    def test_strips(self) -> None:
        assert rules.clean_search(" red ") == "red"

    @pytest.mark.parametrize("text", ["nul\0", "a" * 201])
    def test_refuses_what_postgres_cannot_read(self, text: str) -> None:
        with pytest.raises(InvalidProduct):
            rules.clean_search(text)
