"""Every pair of states of what one person proposes and another confirms."""

from __future__ import annotations

import pytest

from config.kernel.states import MoveNotAllowed
from payouts.treasury.states import FLOAT_MOVE_STATES, FloatMoveStatus

ALLOWED = {("proposed", "confirmed"), ("proposed", "declined")}


@pytest.mark.parametrize("origin", FloatMoveStatus.values)
@pytest.mark.parametrize("target", FloatMoveStatus.values)
def test_only_these_moves(origin: str, target: str) -> None:
    if (origin, target) in ALLOWED:
        FLOAT_MOVE_STATES.check(origin, target)
    elif origin != target:
        with pytest.raises(MoveNotAllowed):
            FLOAT_MOVE_STATES.check(origin, target)
