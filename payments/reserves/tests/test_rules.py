"""What of a release is kept back, over all balances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.reserves.rules import Kept, Terms, keep_of_release, may_set, refill_minor, surplus_minor

MINOR = st.integers(0, 10**9)
TERMS = st.builds(Terms, fixed_minor=MINOR, rolling_bps=st.integers(0, 10_000), rolling_days=st.integers(1, 90))


def keep(earned: int, terms: Terms, *, owed: int = 0, reserve: int = 0, dated: int = 0) -> Kept:
    return keep_of_release(earned_minor=earned, owed_minor=owed, reserve_minor=reserve, dated_minor=dated, terms=terms)


class TestKeepOfRelease:
    @pytest.mark.parametrize(
        ("earned", "terms", "kept"),
        [
            (8_850, Terms(), Kept()),
            (8_850, Terms(0, 1_000, 30), Kept(rolling_minor=885)),
            (8_859, Terms(0, 1_000, 30), Kept(rolling_minor=885)),
            (8_850, Terms(5_000, 0, 0), Kept(fixed_minor=5_000)),
            (3_000, Terms(5_000, 0, 0), Kept(fixed_minor=3_000)),
            (8_850, Terms(5_000, 1_000, 30), Kept(fixed_minor=5_000, rolling_minor=885)),
            (5_500, Terms(5_000, 1_000, 30), Kept(fixed_minor=4_950, rolling_minor=550)),
            (8_850, Terms(0, 10_000, 30), Kept(rolling_minor=8_850)),
            (-2, Terms(5_000, 1_000, 30), Kept()),
        ],
    )
    def test_a_share_floored_and_what_the_fixed_part_is_short_of(self, earned: int, terms: Terms, kept: Kept) -> None:
        assert keep(earned, terms) == kept

    def test_the_fixed_part_is_filled_over_several_releases(self) -> None:
        """3,000 stand there, 1,000 of it of an earlier release: the fixed part has 2,000 of 5,000."""
        assert keep(8_850, Terms(5_000, 0, 0), reserve=3_000, dated=1_000) == Kept(fixed_minor=3_000)
        assert keep(8_850, Terms(5_000, 0, 0), reserve=6_000, dated=1_000) == Kept()

    def test_a_debt_is_made_good_before_anything_is_kept(self) -> None:
        assert keep(8_850, Terms(5_000, 1_000, 30), owed=8_850) == Kept()
        assert keep(8_850, Terms(0, 1_000, 30), owed=8_750) == Kept(rolling_minor=10)

    @given(earned=MINOR, owed=MINOR, reserve=MINOR, dated=MINOR, terms=TERMS)
    def test_never_more_than_the_release_leaves_nor_above_the_level(
        self, earned: int, owed: int, reserve: int, dated: int, terms: Terms
    ) -> None:
        reserve = min(reserve, terms.fixed_minor + dated)  # as every commit leaves it
        kept = keep(earned, terms, owed=owed, reserve=reserve, dated=dated)
        assert kept.fixed_minor >= 0
        assert kept.rolling_minor >= 0
        assert kept.minor <= max(0, earned - owed)
        assert reserve + kept.minor <= terms.fixed_minor + dated + kept.rolling_minor


class TestRefill:
    @pytest.mark.parametrize(("taken", "refilled"), [(None, 400), (0, 0), (250, 250), (900, 400)])
    def test_is_no_more_than_was_taken_where_that_is_known(self, taken: int | None, refilled: int) -> None:
        found = refill_minor(payable_minor=500, reserve_minor=600, level_minor=1_000, taken_minor=taken)
        assert found == refilled


class TestLevel:
    @given(reserve=MINOR, level=MINOR, payable=MINOR)
    def test_what_is_above_goes_and_what_is_below_is_filled(self, reserve: int, level: int, payable: int) -> None:
        surplus = surplus_minor(reserve_minor=reserve, level_minor=level)
        refill = refill_minor(payable_minor=payable, reserve_minor=reserve, level_minor=level)
        assert 0 in (surplus, refill)
        assert reserve - surplus + refill <= max(level, 0)
        assert 0 <= refill <= payable
        assert reserve - surplus + refill == level or refill == payable

    def test_nothing_is_taken_of_what_is_not_there(self) -> None:
        assert refill_minor(payable_minor=-5, reserve_minor=0, level_minor=10) == 0


class TestMaySet:
    @pytest.mark.parametrize("terms", [Terms(), Terms(5_000, 0, 0), Terms(0, 1, 1), Terms(5_000, 10_000, 730)])
    def test_what_makes_sense(self, terms: Terms) -> None:
        assert may_set(terms)

    @pytest.mark.parametrize(
        "terms", [Terms(-1, 0, 0), Terms(0, -1, 3), Terms(0, 10_001, 3), Terms(0, 100, 0), Terms(0, 0, 3),
                  Terms(0, 100, -1), Terms(0, 100, 731)]
    )  # fmt: skip
    def test_refuses_the_rest(self, terms: Terms) -> None:
        assert may_set(terms).code == "bad_reserve_terms"
