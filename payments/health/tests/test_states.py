"""Every pair of states of a breaker."""

from __future__ import annotations

import pytest

from config.kernel.states import MoveNotAllowed
from payments.health.states import BREAKER_STATES, BreakerStatus

ALLOWED = {
    ("closed", "open"),
    ("open", "half_open"),
    ("open", "closed"),
    ("half_open", "closed"),
    ("half_open", "open"),
}


@pytest.mark.parametrize("origin", BreakerStatus.values)
@pytest.mark.parametrize("target", BreakerStatus.values)
def test_only_these_moves(origin: str, target: str) -> None:
    if (origin, target) in ALLOWED:
        BREAKER_STATES.check(origin, target)
    elif origin != target:
        with pytest.raises(MoveNotAllowed):
            BREAKER_STATES.check(origin, target)
