"""Walks every pair of states of a payment."""

from __future__ import annotations

import pytest

from payments.charges.states import OPEN, PAYMENT_STATES, PaymentStatus
from payments.tests.walking import AT, Machine, a_payment, allowed_pairs

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]
MACHINE = Machine(
    table=PAYMENT_STATES,
    make=a_payment,
    needs={"captured": {"captured_at": AT}, "reversed": {"captured_at": AT}},
)
# MONEY §2, the row of the payment, written out once more.
ALLOWED = {
    ("created", "pending"), ("created", "captured"), ("created", "failed"), ("created", "cancelled"),
    ("created", "expired"),
    ("pending", "authorized"), ("pending", "captured"), ("pending", "failed"), ("pending", "cancelled"),
    ("pending", "expired"),
    ("authorized", "captured"), ("authorized", "cancelled"), ("authorized", "expired"),
    ("failed", "pending"), ("failed", "authorized"), ("failed", "captured"),
    ("cancelled", "authorized"), ("cancelled", "captured"),
    ("expired", "authorized"), ("expired", "captured"),
    ("captured", "reversed"),
}  # fmt: skip


class TestPaymentStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert allowed_pairs(PAYMENT_STATES) == ALLOWED
        assert set(PAYMENT_STATES.states) == set(PaymentStatus.values)
        assert PAYMENT_STATES.final == {"reversed"}

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(PAYMENT_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        MACHINE.walk(origin, target, allowed=allowed)

    @pytest.mark.parametrize("status", PaymentStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        MACHINE.stand_still(status)

    def test_money_can_come_to_whatever_was_not_captured(self) -> None:
        """The gateway is right: there is no state in which captured money could not be booked."""
        assert {state for state in PaymentStatus.values if PAYMENT_STATES.allows(state, "captured")} == set(
            PaymentStatus.values
        ) - {"captured", "reversed"}

    def test_open_is_what_waits_for_somebody(self) -> None:
        assert set(OPEN) == {"created", "pending", "authorized"}
