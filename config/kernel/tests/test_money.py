"""Money is whole, of one currency, and never loses a unit however it is divided."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.money import BPS, EXPONENTS, Money, MoneyError, allocate, exponent, given_back, share_of

AMOUNTS = st.integers(min_value=0, max_value=10**15)
SIGNED = st.integers(min_value=-(10**15), max_value=10**15)
RATES = st.integers(min_value=0, max_value=BPS)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=40)


class TestMaking:
    @pytest.mark.parametrize("amount", [10.5, 1.0, Decimal(1), Fraction(1, 1), "100", None, True, float("nan")])
    def test_takes_nothing_but_whole_units(self, amount: Any) -> None:
        with pytest.raises(MoneyError, match="whole minor units"):
            Money(amount, "INR")

    @pytest.mark.parametrize("currency", ["", "inr", "Inr", "RUPEES", "XYZ", "IN", " INR"])
    def test_takes_no_currency_that_we_do_not_know(self, currency: str) -> None:
        with pytest.raises(MoneyError, match="unknown currency"):
            Money(100, currency)

    def test_is_a_value(self) -> None:
        assert Money(1050, "INR") == Money(1050, "INR")
        assert Money(1050, "INR") != Money(1050, "USD")
        assert len({Money(1, "INR"), Money(1, "INR")}) == 1
        with pytest.raises(AttributeError):
            Money(1, "INR").amount_minor = 2

    def test_is_false_only_when_there_is_none(self) -> None:
        assert (bool(Money(0, "INR")), bool(Money(1, "INR")), bool(Money(-1, "INR"))) == (False, True, True)


class TestExponents:
    @pytest.mark.parametrize(
        ("currency", "digits"),
        [("JPY", 0), ("KRW", 0), ("VND", 0), ("INR", 2), ("USD", 2), ("EUR", 2), ("GBP", 2), ("KWD", 3), ("BHD", 3)],
    )
    def test_are_those_of_iso_4217(self, currency: str, digits: int) -> None:
        assert exponent(currency) == digits

    def test_every_one_is_nought_two_or_three_under_a_name_of_three_capitals(self) -> None:
        assert set(EXPONENTS.values()) == {0, 2, 3}
        assert all(len(name) == 3 and name.isascii() and name.isupper() for name in EXPONENTS)

    @pytest.mark.parametrize(
        ("money", "text"),
        [
            (Money(1050, "INR"), "10.50 INR"),
            (Money(5, "USD"), "0.05 USD"),
            (Money(-5, "USD"), "-0.05 USD"),
            (Money(500, "JPY"), "500 JPY"),
            (Money(1234, "KWD"), "1.234 KWD"),
            (Money(0, "INR"), "0.00 INR"),
            (Money(123456789012345, "INR"), "1234567890123.45 INR"),
        ],
    )
    def test_decide_how_it_is_written(self, money: Money, text: str) -> None:
        assert str(money) == text

    def test_json_is_minor_units(self) -> None:
        assert Money(1050, "INR").as_json() == {"amount_minor": 1050, "currency": "INR"}


class TestArithmetic:
    def test_adds_subtracts_multiplies_negates(self) -> None:
        assert Money(70, "INR") + Money(30, "INR") == Money(100, "INR")
        assert Money(70, "INR") - Money(30, "INR") == Money(40, "INR")
        assert Money(70, "INR") * 3 == Money(210, "INR")
        assert -Money(70, "INR") == Money(-70, "INR")

    def test_compares(self) -> None:
        assert Money(1, "INR") < Money(2, "INR")
        assert Money(2, "INR") <= Money(2, "INR")
        assert max(Money(1, "INR"), Money(2, "INR")) == Money(2, "INR")

    @pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__"])
    def test_currencies_do_not_mix(self, act: str) -> None:
        with pytest.raises(MoneyError, match="INR and USD do not mix"):
            getattr(Money(1, "INR"), act)(Money(1, "USD"))

    @pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__"])
    @pytest.mark.parametrize("other", [1, 1.0, "1", None])
    def test_a_bare_number_is_not_money(self, act: str, other: Any) -> None:
        with pytest.raises(MoneyError, match="is not money"):
            getattr(Money(1, "INR"), act)(other)

    @pytest.mark.parametrize("times", [1.5, 2.0, Decimal(2), True])
    def test_is_multiplied_by_whole_numbers_only(self, times: Any) -> None:
        with pytest.raises(MoneyError, match="whole numbers"):
            Money(100, "INR") * times

    def test_a_sum_needs_a_beginning_in_its_currency(self) -> None:
        assert sum([Money(1, "INR"), Money(2, "INR")], start=Money(0, "INR")) == Money(3, "INR")
        with pytest.raises(TypeError):
            sum([Money(1, "INR")])  # type: ignore[list-item]

    @given(SIGNED, SIGNED)
    def test_a_difference_added_back_is_the_whole(self, one: int, other: int) -> None:
        a, b = Money(one, "INR"), Money(other, "INR")
        assert (a - b) + b == a


class TestSplitBps:
    def test_floors_the_share_and_leaves_the_rest_the_remainder(self) -> None:
        assert Money(3334, "INR").split_bps(1_000) == (Money(333, "INR"), Money(3001, "INR"))

    @given(AMOUNTS, RATES)
    def test_never_loses_a_unit(self, amount: int, rate: int) -> None:
        price = Money(amount, "INR")
        fee, rest = price.split_bps(rate)
        assert fee + rest == price
        assert 0 <= fee.amount_minor <= amount
        assert fee.amount_minor * BPS <= amount * rate < (fee.amount_minor + 1) * BPS

    @pytest.mark.parametrize(("amount", "rate"), [(-1, 100), (100, -1), (100, BPS + 1)])
    def test_refuses_what_is_no_share(self, amount: int, rate: int) -> None:
        with pytest.raises(MoneyError):
            share_of(amount, rate)


class TestAllocate:
    def test_follows_the_largest_remainder(self) -> None:
        # MONEY §1: 5,000 of 10,000 over lines of 3,333, 3,333 and 3,334.
        assert allocate(5000, [3333, 3333, 3334]) == (1667, 1666, 1667)

    def test_a_tie_goes_to_the_earlier(self) -> None:
        assert allocate(1, [1, 1]) == (1, 0)
        assert allocate(5, [1, 1, 1]) == (2, 2, 1)

    def test_keeps_the_currency(self) -> None:
        assert Money(10, "JPY").allocate([1, 1, 1]) == (Money(4, "JPY"), Money(3, "JPY"), Money(3, "JPY"))

    @given(AMOUNTS, WEIGHTS)
    def test_never_loses_a_unit_and_is_fair_to_one(self, amount: int, weights: list[int]) -> None:
        total = sum(weights)
        if total == 0 and amount:
            with pytest.raises(MoneyError):
                allocate(amount, weights)
            return
        parts = allocate(amount, weights)
        assert sum(parts) == amount
        assert len(parts) == len(weights)
        for part, weight in zip(parts, weights, strict=True):
            exact = Fraction(amount * weight, total) if total else Fraction(0)
            assert abs(part - exact) < 1
            assert weight or part == 0, "what weighs nothing gets nothing"

    @given(AMOUNTS, st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=20))
    def test_who_weighs_more_never_gets_less(self, amount: int, weights: list[int]) -> None:
        ranked = sorted(zip(weights, allocate(amount, weights), strict=True))
        for (light, less), (heavy, more) in pairwise(ranked):
            assert light == heavy or less <= more

    @given(st.lists(AMOUNTS, min_size=1, max_size=20))
    def test_what_is_all_taken_is_taken_exactly(self, amounts: list[int]) -> None:
        """Giving the whole back line by line gives each line back exactly."""
        assert allocate(sum(amounts), amounts) == tuple(amounts)

    @pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [-1, 2]), (1, [0, 0]), (1, [])])
    def test_refuses_what_cannot_be_divided(self, amount: int, weights: list[int]) -> None:
        with pytest.raises(MoneyError):
            allocate(amount, weights)

    def test_nothing_over_nothing_is_nothing(self) -> None:
        assert (allocate(0, [0, 0]), allocate(0, [])) == ((0, 0), ())


class TestGivenBack:
    def test_is_cumulative(self) -> None:
        assert [given_back(333, refunded, 3333) for refunded in (0, 1000, 2000, 3333)] == [0, 99, 199, 333]

    @given(AMOUNTS, st.data())
    def test_whole_refund_gives_the_whole_fee_back_in_whatever_steps(self, amount: int, data: st.DataObject) -> None:
        fee = data.draw(st.integers(min_value=0, max_value=amount))
        steps = sorted(data.draw(st.lists(st.integers(min_value=0, max_value=amount), max_size=10)))
        back = [given_back(fee, step, amount) for step in [*steps, amount]]
        assert back == sorted(back), "no step takes back what an earlier one gave"
        assert back[-1] == (fee if amount else 0)
        assert all(part <= step for part, step in zip(back, [*steps, amount], strict=True))

    @pytest.mark.parametrize(("refunded", "amount"), [(-1, 10), (11, 10)])
    def test_refuses_to_give_back_more_than_there_was(self, refunded: int, amount: int) -> None:
        with pytest.raises(MoneyError):
            given_back(1, refunded, amount)

    def test_of_nothing_is_nothing(self) -> None:
        assert given_back(0, 0, 0) == 0
