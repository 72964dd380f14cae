"""The waterfall and the set-off, over all balances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.ledger.rules import Balance, Recovery, Standing, recovery, set_off_minor, waterfall

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


class TestRecovery:
    @pytest.mark.parametrize(
        ("amount", "standing", "given_by"),
        [
            (900, Standing(escrow=1_000, payable=500), Recovery(escrow=900)),
            (900, Standing(payable=1_000, pending=500, reserve=500), Recovery(payable=900)),
            (900, Standing(payable=400, pending=1_000, reserve=500), Recovery(payable=400, pending=500)),
            (900, Standing(payable=400, pending=300, reserve=500), Recovery(payable=400, pending=300, reserve=200)),
            (900, Standing(100, 200, 300, 200), Recovery(100, 200, 300, 200, receivable=100)),
            (900, Standing(), Recovery(receivable=900)),
            (0, Standing(100, 200, 300, 200), Recovery()),
            (900, Standing(payable=-50, reserve=500), Recovery(reserve=500, receivable=400)),
        ],
    )
    def test_takes_held_money_then_what_is_due_then_unsent_payouts_then_the_reserve(
        self, amount: int, standing: Standing, given_by: Recovery
    ) -> None:
        assert recovery(amount, standing) == given_by

    @pytest.mark.parametrize(
        ("found", "is_short"),
        [
            (Recovery(escrow=5, payable=5), False),
            (Recovery(pending=1), True),
            (Recovery(reserve=1), True),
            (Recovery(receivable=1), True),
        ],
    )
    def test_is_short_where_more_than_what_is_free_is_taken(self, found: Recovery, is_short: bool) -> None:
        assert found.is_short is is_short

    @given(standing=st.builds(Standing, MINOR, MINOR, MINOR, MINOR), amount=MINOR)
    def test_loses_nothing_overdraws_nothing_and_skips_nobody(self, standing: Standing, amount: int) -> None:
        found = recovery(amount, standing)
        pots = [(found.escrow, standing.escrow), (found.payable, standing.payable),
                (found.pending, standing.pending), (found.reserve, standing.reserve)]  # fmt: skip
        assert sum(taken for taken, _ in pots) + found.receivable == amount
        assert all(0 <= taken <= there for taken, there in pots)
        later = [taken for taken, _ in pots[1:]] + [found.receivable]
        for number, (taken, there) in enumerate(pots):
            assert taken == there or not any(later[number:])

    @given(balance=BALANCES, amount=MINOR)
    def test_is_the_waterfall_where_nothing_is_held_and_no_payout_waits(self, balance: Balance, amount: int) -> None:
        found = recovery(amount, Standing(payable=balance.payable_minor, reserve=balance.reserve_minor))
        assert (found.payable, found.reserve, found.receivable) == waterfall(balance, amount)

    def test_refuses_less_than_nothing(self) -> None:
        with pytest.raises(ValueError, match="nothing negative"):
            recovery(-1, Standing())


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
