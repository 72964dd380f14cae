"""Walks every pair of states of a dispute."""

from __future__ import annotations

import pytest

from payments.disputes.models import Dispute
from payments.disputes.states import ANSWERABLE, DISPUTE_STATES, OPEN, RANK, DisputeStatus
from payments.gateways.dispute_views import DisputeState
from payments.tests.walking import AT, Machine, a_payment, allowed_pairs

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def a_dispute() -> Dispute:
    payment = a_payment()
    return Dispute.objects.create(
        payment=payment, gateway_account=payment.gateway_account, gateway_dispute_id="dp_1", amount_minor=10_000,
        currency="USD", bearer="seller", opened_at=AT, label_at=AT, seen_at=AT, created_at=AT,
    )  # fmt: skip


MACHINE = Machine(table=DISPUTE_STATES, make=a_dispute, needs={})
# MONEY §2, the row of the dispute, written out once more.
ALLOWED = {
    ("inquiry", "inquiry_closed"), ("inquiry", "needs_response"), ("inquiry", "prevented"),
    ("needs_response", "under_review"), ("needs_response", "won"), ("needs_response", "lost"),
    ("needs_response", "prevented"),
    ("under_review", "needs_response"), ("under_review", "won"), ("under_review", "lost"),
    ("won", "needs_response"),
    ("lost", "under_review"), ("lost", "won"),
}  # fmt: skip


class TestDisputeStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert allowed_pairs(DISPUTE_STATES) == ALLOWED
        assert set(DISPUTE_STATES.states) == set(DisputeStatus.values) == {state.value for state in DisputeState}
        assert DISPUTE_STATES.final == {"inquiry_closed", "prevented"}

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(DISPUTE_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        MACHINE.walk(origin, target, allowed=allowed)

    @pytest.mark.parametrize("status", DisputeStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        MACHINE.stand_still(status)

    def test_every_label_has_its_rank_and_what_is_open_can_end(self) -> None:
        assert set(RANK) == set(DisputeStatus.values)
        assert len(set(RANK.values())) == len(RANK)
        assert set(ANSWERABLE) < set(OPEN)
        ends = {target for origin, target in ALLOWED if origin in OPEN and target not in OPEN}
        assert ends == {"inquiry_closed", "prevented", "won", "lost"}
