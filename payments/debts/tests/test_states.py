"""Walks every pair of states of a proposal to end a debt."""

from __future__ import annotations

import pytest

from config.proposals.states import PROPOSAL_STATES, ProposalStatus
from payments.debts.models import DebtProposal
from payments.ledger.models import PayeeBalance
from payments.tests.walking import AT, Machine, allowed_pairs

pytestmark = pytest.mark.django_db


def a_proposal() -> DebtProposal:
    balance, _ = PayeeBalance.objects.get_or_create(owner="usr_debtor", currency="USD")
    return DebtProposal.objects.create(
        balance=balance, kind="repaid", amount_minor=500, currency="USD", bank_account="main", reference="UTR",
        reason="as agreed", proposed_by="user:a", proposed_at=AT,
    )  # fmt: skip


MACHINE = Machine(table=PROPOSAL_STATES, make=a_proposal, needs={})


class TestDebtProposalStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert allowed_pairs(PROPOSAL_STATES) == {("proposed", "confirmed"), ("proposed", "declined")}
        assert set(PROPOSAL_STATES.states) == set(ProposalStatus.values)

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(PROPOSAL_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        MACHINE.walk(origin, target, allowed=allowed)

    @pytest.mark.parametrize("status", ProposalStatus.values)
    def test_a_fact_told_twice_writes_nothing(self, status: str) -> None:
        MACHINE.stand_still(status)
