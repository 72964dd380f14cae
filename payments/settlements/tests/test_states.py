"""Every pair of states of a settlement."""

from __future__ import annotations

import pytest

from config.kernel.states import MoveNotAllowed
from payments.settlements.states import SETTLEMENT_STATES, SettlementStatus

ALLOWED = {("announced", "paid"), ("announced", "failed"), ("announced", "cancelled"), ("paid", "failed")}


@pytest.mark.parametrize("origin", SettlementStatus.values)
@pytest.mark.parametrize("target", SettlementStatus.values)
def test_only_these_moves(origin: str, target: str) -> None:
    if (origin, target) in ALLOWED:
        SETTLEMENT_STATES.check(origin, target)
    elif origin != target:
        with pytest.raises(MoveNotAllowed):
            SETTLEMENT_STATES.check(origin, target)
