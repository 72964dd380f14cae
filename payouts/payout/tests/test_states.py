"""Every pair of states of a payout, and what each of them says of its money."""

from __future__ import annotations

import pytest

from config.kernel.states import MoveNotAllowed
from payouts.payout.states import BANK_HAS, ENDED_UNPAID, FROZEN, PAYOUT_STATES, UNSENT, PayoutStatus

ALLOWED = {
    ("scheduled", "awaiting_approval"), ("scheduled", "approved"), ("scheduled", "cancelled"),
    ("awaiting_approval", "approved"), ("awaiting_approval", "cancelled"),
    ("approved", "sending"), ("approved", "cancelled"),
    ("sending", "in_transit"), ("sending", "paid"), ("sending", "failed"), ("sending", "approved"),
    ("in_transit", "paid"), ("in_transit", "failed"), ("in_transit", "cancelled"),
    ("paid", "returned"), ("failed", "paid_late"), ("cancelled", "paid_late"), ("returned", "paid_late"),
    ("paid_late", "returned"),
}  # fmt: skip


@pytest.mark.parametrize("origin", PayoutStatus.values)
@pytest.mark.parametrize("target", PayoutStatus.values)
def test_only_these_moves(origin: str, target: str) -> None:
    if (origin, target) in ALLOWED:
        PAYOUT_STATES.check(origin, target)
    elif origin != target:
        with pytest.raises(MoveNotAllowed):
            PAYOUT_STATES.check(origin, target)


def test_what_is_not_sent_can_end_without_the_rail() -> None:
    assert all((state, "cancelled") in ALLOWED for state in UNSENT)


def test_money_stands_in_transit_until_the_rail_has_decided() -> None:
    assert set(PayoutStatus.values) - set(FROZEN) == {*BANK_HAS, *ENDED_UNPAID}
    assert set(BANK_HAS) == {"paid", "paid_late"}
