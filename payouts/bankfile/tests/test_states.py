"""Every pair of states of what one person proposes and another confirms."""

from __future__ import annotations

import pytest

from config.kernel.states import MoveNotAllowed
from payouts.bankfile.states import RESULT_STATES, ResultStatus

ALLOWED = {("proposed", "confirmed"), ("proposed", "declined")}


@pytest.mark.parametrize("origin", ResultStatus.values)
@pytest.mark.parametrize("target", ResultStatus.values)
def test_only_these_moves(origin: str, target: str) -> None:
    if (origin, target) in ALLOWED:
        RESULT_STATES.check(origin, target)
    elif origin != target:
        with pytest.raises(MoveNotAllowed):
            RESULT_STATES.check(origin, target)
