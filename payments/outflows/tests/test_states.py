"""Every pair of states of an outflow."""

from __future__ import annotations

import pytest

from config.kernel.states import MoveNotAllowed
from payments.outflows.states import OUTFLOW_STATES, OutflowStatus

ALLOWED = {("open", "returned")}


@pytest.mark.parametrize("origin", OutflowStatus.values)
@pytest.mark.parametrize("target", OutflowStatus.values)
def test_only_these_moves(origin: str, target: str) -> None:
    if (origin, target) in ALLOWED:
        OUTFLOW_STATES.check(origin, target)
    elif origin != target:
        with pytest.raises(MoveNotAllowed):
            OUTFLOW_STATES.check(origin, target)
