"""The waterfall and the set-off, over all balances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.ledger.rules import Balance, set_off_minor, waterfall

MINOR = st.integers(min_value=0, max_value=10**12)
BALANCES = st.builds(Balance, payable_minor=MINOR, reserve_minor=MINOR, receivable_minor=MINOR)


class TestWaterfall:
    @pytest.mark.parametrize(
        ("payable", "reserve", "amount", "taken"),
        [
            (9_000, 0, 4_000, (4_000, 0, 0)),
            (3_000, 2_000, 4_000, (3_000, 1_000, 0)),
            (3_000, 500, 4_000, (3_000, 500, 500)),
            (0, 0, 4_000, (0, 0, 4_000)),
            (5_000, 5_000, 0, (0, 0, 0)),
        ],
    )
    def test_payable_then_reserve_then_a_debt(
        self, payable: int, reserve: int, amount: int, taken: tuple[int, int, int]
    ) -> None:
        assert waterfall(Balance(payable, reserve, 0), amount) == taken

    @given(balance=BALANCES, amount=MINOR)
    def test_loses_nothing_and_overdraws_nothing(self, balance: Balance, amount: int) -> None:
        payable, reserve, receivable = waterfall(balance, amount)
        assert payable + reserve + receivable == amount
        assert 0 <= payable <= balance.payable_minor
        assert 0 <= reserve <= balance.reserve_minor
        assert receivable >= 0
        assert not reserve or payable == balance.payable_minor
        assert not receivable or reserve == balance.reserve_minor

    def test_refuses_less_than_nothing(self) -> None:
        with pytest.raises(ValueError, match="nothing negative"):
            waterfall(Balance(), -1)


class TestSetOff:
    @pytest.mark.parametrize(
        ("payable", "receivable", "amount"), [(0, 0, 0), (500, 0, 0), (0, 500, 0), (500, 300, 300), (300, 500, 300)]
    )
    def test_takes_what_both_sides_have(self, payable: int, receivable: int, amount: int) -> None:
        assert set_off_minor(Balance(payable, 0, receivable)) == amount

    @pytest.mark.parametrize("balance", [Balance(-1, 0, 0), Balance(0, 0, -1), Balance(-5, 0, 3)])
    def test_an_overdrawn_balance_is_not_turned_into_a_debt(self, balance: Balance) -> None:
        assert set_off_minor(balance) == 0

    @given(balance=BALANCES)
    def test_nobody_is_owed_while_they_owe_after_it(self, balance: Balance) -> None:
        amount = set_off_minor(balance)
        left = balance.payable_minor - amount, balance.receivable_minor - amount
        assert min(left) == 0

    @given(balance=BALANCES, amount=MINOR)
    def test_after_a_waterfall_and_a_set_off_the_payee_stands_where_the_sum_says(
        self, balance: Balance, amount: int
    ) -> None:
        settled = set_off_minor(balance)
        start = Balance(balance.payable_minor - settled, balance.reserve_minor, balance.receivable_minor - settled)
        payable, reserve, receivable = waterfall(start, amount)
        worth = start.payable_minor + start.reserve_minor - start.receivable_minor
        end = worth - payable - reserve - receivable
        assert end == worth - amount
