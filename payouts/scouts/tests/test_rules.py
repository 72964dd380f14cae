"""Decisions about referrals and bounties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payouts.scouts.rules import Rate, Sale, Turn, earns, may_refer, turn
from payouts.scouts.states import BOUNTY_STATES

AT = datetime(2026, 11, 21, tzinfo=UTC)


class TestTurn:
    @pytest.mark.parametrize(
        ("bounty", "order", "is_given_back", "becomes"),
        [
            ("accrued", "paid", False, Turn.KEEP),
            ("accrued", "delivered", False, Turn.KEEP),
            ("accrued", "completed", False, Turn.MATURE),
            ("accrued", "refunded", True, Turn.REVERSE),
            ("matured", "completed", False, Turn.KEEP),
            ("matured", "refunded", True, Turn.REVERSE),
            ("reversed", "completed", False, Turn.KEEP),
            ("reversed", "refunded", True, Turn.KEEP),
        ],
    )
    def test_follows_from_where_the_order_stands(
        self, bounty: str, order: str, is_given_back: bool, becomes: Turn
    ) -> None:
        assert turn(bounty, Sale(order, is_given_back)) is becomes

    def test_a_cancelled_part_takes_it_back(self) -> None:
        assert turn("accrued", Sale("completed", is_given_back=False), part_is_off=True) is Turn.REVERSE


@pytest.mark.parametrize(("origin", "target", "is_allowed"), list(BOUNTY_STATES.pairs()))
def test_every_pair_of_states_is_decided(origin: str, target: str, is_allowed: bool) -> None:
    assert is_allowed is (
        (origin, target) in {("accrued", "matured"), ("accrued", "reversed"), ("matured", "reversed")}
    )


class TestEarns:
    def test_what_happens_after_the_referral(self) -> None:
        assert earns(referred_at=AT, paid_at=AT, buyer="b", scout="s")
        assert not earns(referred_at=AT, paid_at=AT - timedelta(seconds=1), buyer="b", scout="s")

    def test_not_what_one_buys_oneself(self) -> None:
        assert not earns(referred_at=AT, paid_at=AT, buyer="s", scout="s")
        assert not earns(referred_at=AT, paid_at=AT, buyer="x", scout="s", seller="x")
        assert earns(referred_at=AT, paid_at=AT, buyer="", scout="s", seller="x")


class TestMayRefer:
    @pytest.mark.parametrize(
        ("is_active", "recruit", "above", "code"),
        [
            (True, "r", {"x"}, ""),
            (False, "r", set(), "referral_code_unknown"),
            (True, "s", set(), "referral_of_oneself"),
            (True, "r", {"x", "r"}, "referral_loop"),
        ],
    )
    def test_says_why_not(self, is_active: bool, recruit: str, above: set[str], code: str) -> None:
        verdict = may_refer(is_active=is_active, scout="s", recruit=recruit, above_scout=above)
        assert (verdict.code, verdict.ok) == (code, not code)


@pytest.mark.parametrize(
    ("least", "sale", "earned"), [(100, 99, 0), (100, 100, 7), (100, 101, 7), (0, 0, 7), (0, 1, 7)]
)
def test_a_sale_below_the_least_one_earns_nothing(least: int, sale: int, earned: int) -> None:
    assert Rate(AT, 7, least).bounty_minor(sale) == earned
