"""Walks every pair of states of a refund, and of a proposal how to end one."""

from __future__ import annotations

import pytest

from config.proposals.states import PROPOSAL_STATES, ProposalStatus
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.states import OWED, REFUND_STATES, RefundStatus
from payments.tests.walking import AT, Machine, a_payment, allowed_pairs

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def a_refund() -> Refund:
    payment = a_payment()
    return Refund.objects.create(
        payment=payment, gateway_account=payment.gateway_account, amount_minor=10_000, currency="USD", cause="timeout",
        cause_key="timeout:1", requested_by="test", created_at=AT,
    )  # fmt: skip


MACHINE = Machine(table=REFUND_STATES, make=a_refund, needs={"succeeded": {"succeeded_at": AT}})
# MONEY §2, the row of the refund, written out once more.
ALLOWED = {
    ("requested", "approved"), ("requested", "rejected"), ("requested", "cancelled"),
    ("approved", "sending"), ("approved", "cancelled"),
    ("sending", "pending"), ("sending", "succeeded"), ("sending", "failed"), ("sending", "approved"),
    ("pending", "succeeded"), ("pending", "failed"),
    ("succeeded", "failed"),
    ("failed", "sending"), ("failed", "paid_otherwise"), ("failed", "voided"),
}  # fmt: skip


class TestRefundStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert allowed_pairs(REFUND_STATES) == ALLOWED
        assert set(REFUND_STATES.states) == set(RefundStatus.values)
        assert REFUND_STATES.final == {"rejected", "cancelled", "paid_otherwise", "voided"}

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(REFUND_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        MACHINE.walk(origin, target, allowed=allowed)

    @pytest.mark.parametrize("status", RefundStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        MACHINE.stand_still(status)

    def test_nothing_that_is_owed_can_be_forgotten(self) -> None:
        """From every owed state a way leads on, and only a person ends it unpaid: by cancelling or voiding."""
        assert set(OWED) == {"approved", "sending", "pending", "failed"}
        assert not set(OWED) & REFUND_STATES.final
        ways_out = {target for origin, target in ALLOWED if origin in OWED and target not in OWED}
        assert ways_out == {"succeeded", "cancelled", "paid_otherwise", "voided"}


def a_proposal() -> RefundProposal:
    return RefundProposal.objects.create(
        refund=a_refund(), kind="voided", reason="as agreed", proposed_by="user:a", proposed_at=AT
    )


PROPOSALS = Machine(table=PROPOSAL_STATES, make=a_proposal, needs={})


class TestProposalStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert allowed_pairs(PROPOSAL_STATES) == {("proposed", "confirmed"), ("proposed", "declined")}
        assert set(PROPOSAL_STATES.states) == set(ProposalStatus.values)

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(PROPOSAL_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        PROPOSALS.walk(origin, target, allowed=allowed)

    @pytest.mark.parametrize("status", ProposalStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        PROPOSALS.stand_still(status)
