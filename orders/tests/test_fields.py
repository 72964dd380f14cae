"""Fields of the doors: what JSON says is taken as it is, and what people type is kept without card numbers."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

from orders.fields import Amount, MaskedText, WholeNumber


class TestWholeNumber:
    @pytest.mark.parametrize("given", [0, 7, -3])
    def test_takes_json_integers(self, given: int) -> None:
        assert WholeNumber().run_validation(given) == given

    @pytest.mark.parametrize("given", [1.0, "1", True, None, [1]])
    def test_takes_nothing_that_only_looks_like_one(self, given: Any) -> None:
        with pytest.raises(serializers.ValidationError):
            WholeNumber().run_validation(given)

    def test_keeps_to_its_bounds(self) -> None:
        with pytest.raises(serializers.ValidationError):
            WholeNumber(min_value=1).run_validation(0)


class TestMaskedText:
    def test_keeps_what_was_said_without_the_cards_number(self) -> None:
        kept = MaskedText().run_validation("card 4242424242424242 is lost")
        assert "4242424242424242" not in kept
        assert kept.startswith("card ")
        assert kept.endswith(" is lost")

    def test_leaves_other_words_alone(self) -> None:
        assert MaskedText().run_validation("the parcel of 2026-11-21 is torn") == "the parcel of 2026-11-21 is torn"

    @pytest.mark.parametrize(("given", "code"), [("x", "min_length"), ("x" * 11, "max_length"), ("", "blank")])
    def test_keeps_to_its_bounds(self, given: str, code: str) -> None:
        with pytest.raises(serializers.ValidationError) as refused:
            MaskedText(min_length=2, max_length=10).run_validation(given)
        assert [each.code for each in refused.value.detail] == [code]


class TestAmount:
    def test_says_minor_units_and_currency(self) -> None:
        assert Amount({"amount_minor": 105, "currency": "INR"}).data == {"amount_minor": 105, "currency": "INR"}
