"""Walks every pair of states of a hold."""

from __future__ import annotations

import pytest

from payments.escrow.models import EscrowHold
from payments.escrow.states import HOLD_STATES, HoldStatus
from payments.tests.walking import AT, Machine, a_payment, allowed_pairs

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def a_hold() -> EscrowHold:
    payment = a_payment()
    assert payment.order is not None
    fulfilment = payment.order.fulfilments.get()
    return EscrowHold.objects.create(
        fulfilment=fulfilment, payment=payment, payee_id=fulfilment.seller_id, owner="usr_a", currency="USD",
        amount_minor=10_000, remaining_minor=10_000, opened_at=AT, must_leave_by=AT,
    )  # fmt: skip


MACHINE = Machine(
    table=HOLD_STATES,
    make=a_hold,
    needs={
        "": {"remaining_minor": 10_000, "returned_minor": 0},
        "released": {"remaining_minor": 0, "released_at": AT},
        "returned": {"remaining_minor": 0, "returned_minor": 10_000},
    },
)
# MONEY §2, the row of the hold, written out once more.
ALLOWED = {
    ("held", "frozen"), ("held", "released"), ("held", "returned"),
    ("frozen", "held"), ("frozen", "returned"),
    ("returned", "held"),
}  # fmt: skip


class TestHoldStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert allowed_pairs(HOLD_STATES) == ALLOWED
        assert set(HOLD_STATES.states) == set(HoldStatus.values)
        assert HOLD_STATES.final == {"released"}

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(HOLD_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        MACHINE.walk(origin, target, allowed=allowed)

    @pytest.mark.parametrize("status", HoldStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        MACHINE.stand_still(status)
