"""The life of a reversal: allowed moves move, the others raise and leave everything as it was."""

from __future__ import annotations

import itertools

import pytest

from payouts.reversals.states import OPEN, REVERSAL_STATES, ReversalStatus

MOVES = {
    ("proposed", "approved"), ("proposed", "cancelled"), ("approved", "sending"), ("approved", "cancelled"),
    ("sending", "succeeded"), ("sending", "declined"), ("sending", "approved"),
}  # fmt: skip


class TestTable:
    @pytest.mark.parametrize(("old", "new"), list(itertools.permutations(ReversalStatus.values, 2)))
    def test_every_pair(self, old: str, new: str) -> None:
        assert REVERSAL_STATES.allows(old, new) is ((old, new) in MOVES)

    def test_what_is_open_has_a_way_out(self) -> None:
        assert {state.value for state in OPEN} == {old for old, _ in MOVES}
