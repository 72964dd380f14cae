"""Amounts for people: each currency in its own format, and never a digit more or less than it has."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.forms import CharField, Form

from config.admin.money import read_money, show_money, shown, typed_minor
from config.kernel.money import EXPONENTS, Money, MoneyError


class TestShown:
    @pytest.mark.parametrize(
        ("amount_minor", "currency", "text"),
        [
            (123_456_789, "INR", "₹12,34,567.89"),
            (-5, "INR", "-₹0.05"),
            (0, "INR", "₹0.00"),
            (1_050, "USD", "$10.50"),
            (1_234_567, "JPY", "¥1,234,567"),
            (1_234_567, "KWD", "KWD\u00a01,234.567"),
            (-1_500, "KWD", "-KWD\u00a01.500"),
            (99, "EUR", "€0.99"),
            (100, "CAD", "CA$1.00"),
        ],
    )
    def test_writes_a_currency_as_it_is_written(self, amount_minor: int, currency: str, text: str) -> None:
        assert shown(amount_minor, currency) == text
        assert show_money(Money(amount_minor, currency)) == text

    @pytest.mark.parametrize("currency", sorted(EXPONENTS))
    def test_has_the_decimals_of_our_own_table_whatever_the_locale_thinks(self, currency: str) -> None:
        text = shown(1, currency)
        decimals = len(text.rpartition(".")[2]) if "." in text else 0
        assert decimals == EXPONENTS[currency]
        assert text.endswith("1")

    def test_is_exact_where_a_float_would_not_be(self) -> None:
        assert shown(9_007_199_254_740_993, "USD") == "$90,071,992,547,409.93"

    def test_refuses_a_currency_that_we_do_not_know(self) -> None:
        with pytest.raises(MoneyError):
            shown(1, "XXX")


class TestRead:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [("12.50", "USD", 1_250), (" 1,234.5 ", "INR", 123_450), ("7", "JPY", 7), ("1.234", "KWD", 1_234)],
    )
    def test_what_a_person_types(self, text: str, currency: str, minor: int) -> None:
        assert read_money(text, currency) == Money(minor, currency)

    @pytest.mark.parametrize(
        ("text", "currency"),
        [("1.234", "USD"), ("0.5", "JPY"), ("0", "USD"), ("-1", "USD"), ("", "USD"), ("1e99", "USD"), ("NaN", "USD"),
         ("Infinity", "USD"), ("one", "USD"), ("1", "XXX")],
    )  # fmt: skip
    def test_what_is_no_amount(self, text: str, currency: str) -> None:
        with pytest.raises(MoneyError):
            read_money(text, currency)


class TestTyped:
    def test_is_in_minor_units(self) -> None:
        assert typed_minor("1,234.56", "INR") == 123_456

    @pytest.mark.parametrize(("field", "told"), [("", "__all__"), ("fixed", "fixed")])
    def test_tells_the_form_what_is_wrong_and_where(self, field: str, told: str) -> None:
        form = Form({})
        with pytest.raises(ValidationError) as raised:
            typed_minor("12.345", "INR", field=field)
        form.full_clean()
        form.fields["fixed"] = CharField()
        form.add_error(None, raised.value)
        assert "2 decimals at most" in str(form.errors[told])
