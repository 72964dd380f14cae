"""Walks every pair of states of a gateway call."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from config.calls.states import CALL_STATES, OPEN, CallStatus
from payments.tests.walking import AT, Machine, allowed_pairs

pytestmark = pytest.mark.django_db


def a_call() -> GatewayCall:
    return GatewayCall.objects.create(
        service="stripe", account="stripe", operation="refund.create", subject_type="refund", subject_id="rf_1",
        actor="test", sent_at=AT,
    )  # fmt: skip


MACHINE = Machine(table=CALL_STATES, make=a_call, needs={})
# MONEY §2, the row of the call, written out once more.
ALLOWED = {
    ("sent", "succeeded"), ("sent", "pending"), ("sent", "declined"), ("sent", "not_executed"), ("sent", "unknown"),
    ("unknown", "succeeded"), ("unknown", "pending"), ("unknown", "declined"), ("unknown", "not_executed"),
    ("pending", "succeeded"), ("pending", "declined"),
    ("declined", "succeeded"),
    ("not_executed", "sent"),
    ("succeeded", "reversed"),
}  # fmt: skip


class TestCallStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert allowed_pairs(CALL_STATES) == ALLOWED
        assert set(CALL_STATES.states) == set(CallStatus.values)
        assert CALL_STATES.final == {"reversed"}

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(CALL_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        MACHINE.walk(origin, target, allowed=allowed)

    @pytest.mark.parametrize("status", CallStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        MACHINE.stand_still(status)

    def test_only_what_was_not_executed_is_sent_again(self) -> None:
        assert {origin for origin, target in ALLOWED if target == "sent"} == {"not_executed"}

    def test_what_may_still_move_money_is_open(self) -> None:
        assert set(OPEN) == {"sent", "unknown", "pending"}
