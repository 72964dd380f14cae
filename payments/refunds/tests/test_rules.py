"""How much may be given back, and where what a gateway gave is taken from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.refunds.rules import Pot, Taken, may_refund, refundable_minor, take_external

MINOR = st.integers(0, 10**12)


class TestRefundable:
    @pytest.mark.parametrize(
        ("captured", "refunded", "refunding", "disputed", "left"),
        [
            (10_000, 0, 0, 0, 10_000),
            (10_000, 4_000, 0, 0, 6_000),
            (10_000, 4_000, 5_000, 0, 1_000),
            (10_000, 4_000, 5_000, 1_000, 0),
            (10_000, 9_000, 5_000, 0, 0),
        ],
    )
    def test_is_what_neither_went_back_nor_is_on_its_way_nor_disputed(
        self, captured: int, refunded: int, refunding: int, disputed: int, left: int
    ) -> None:
        found = refundable_minor(
            captured_minor=captured, refunded_minor=refunded, refunding_minor=refunding, disputed_minor=disputed
        )
        assert found == left

    @pytest.mark.parametrize(("amount", "code"), [(1, ""), (1_000, ""), (1_001, "exceeds_refundable")])
    def test_ours_never_exceed_it(self, amount: int, code: str) -> None:
        assert may_refund(amount_minor=amount, refundable=1_000).code == code

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_is_not_given_back(self, amount: int) -> None:
        assert may_refund(amount_minor=amount, refundable=1_000).code == "nothing_to_refund"


class TestTakeExternal:
    @pytest.mark.parametrize(
        ("amount", "unapplied", "pots", "taken"),
        [
            (5_000, 0, [10_000], Taken(0, {0: 5_000}, 0)),
            (5_000, 2_000, [10_000], Taken(2_000, {0: 3_000}, 0)),
            (5_000, 9_000, [10_000], Taken(5_000, {}, 0)),
            (5_000, 0, [3_333, 3_333, 3_334], Taken(0, {0: 1_667, 1: 1_666, 2: 1_667}, 0)),
            (5_000, 0, [4_000], Taken(0, {0: 4_000}, 1_000)),
            (5_000, 0, [0, 6_000], Taken(0, {1: 5_000}, 0)),
            (5_000, 0, [], Taken(0, {}, 5_000)),
        ],
    )
    def test_first_what_nobody_may_keep_then_the_holds_then_us(
        self, amount: int, unapplied: int, pots: list[int], taken: Taken
    ) -> None:
        found = take_external(
            amount_minor=amount,
            unapplied_minor=unapplied,
            pots=[Pot(hold_pk=number, left_minor=left) for number, left in enumerate(pots)],
        )
        assert found == taken

    @given(amount=st.integers(1, 10**12), unapplied=MINOR, left=st.lists(MINOR, max_size=5))
    def test_no_unit_is_lost_and_no_pot_overdrawn(self, amount: int, unapplied: int, left: list[int]) -> None:
        pots = [Pot(hold_pk=number, left_minor=minor) for number, minor in enumerate(left)]
        taken = take_external(amount_minor=amount, unapplied_minor=unapplied, pots=pots)
        assert taken.unapplied_minor + sum(taken.holds.values()) + taken.loss_minor == amount
        assert taken.unapplied_minor <= unapplied
        assert all(0 < minor <= left[pk] for pk, minor in taken.holds.items())
        assert not taken.loss_minor or sum(taken.holds.values()) == sum(left)
