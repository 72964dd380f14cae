"""Disputes: read with what they did to our balance, answered with evidence once, and conceded."""

from __future__ import annotations

from config.kernel.ids import new_id
from payments.gateways.contract import Answer, Capability, Outcome
from payments.gateways.dispute_views import (
    DisputeState,
    DisputeView,
    Evidence,
    EvidenceFile,
    EvidencePaper,
    EvidenceText,
)
from payments.gateways.payment_views import PaymentView
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, a_minute_before, only_capture
from payments.gateways.tests.conformance.harness import Harness

PAPER = EvidenceFile(EvidencePaper.SHIPPING, "proof.pdf", "application/pdf", b"%PDF-1.7 proof of delivery")
EVIDENCE = Evidence(texts={EvidenceText.EXPLANATION: "It was delivered; see the proof."}, files=(PAPER,))
WORDS = Evidence(texts={EvidenceText.EXPLANATION: "It was delivered."})


class ProvesDisputes(Proofs):
    """Whatever its stages are called there."""

    proves = frozenset({Capability.DISPUTE_EVIDENCE})

    def disputed(self, harness: Harness, amount_minor: int = AMOUNT_MINOR) -> tuple[PaymentView, str]:
        """A paid payment and the id of the chargeback against it."""
        payment = self.paid(harness)
        return payment, harness.cardholder_disputes(payment, amount_minor)

    def dispute(self, harness: Harness, dispute_id: str) -> DisputeView:
        view = harness.gateway.get_dispute(dispute_id=dispute_id)
        assert view is not None
        return view

    def submit(self, harness: Harness, dispute_id: str, *, key: str = "", evidence: Evidence = WORDS) -> Answer:
        return harness.gateway.submit_evidence(
            key=key or new_id("call"), dispute_id=dispute_id, evidence=evidence, submit=True
        )

    def moved_minor(self, view: DisputeView) -> int:
        """What of our balance is away for it, below zero: told by its movements, or as a level."""
        if view.away_minor is not None:
            return -view.away_minor
        return sum(movement.amount.amount_minor for movement in view.movements)

    def test_names_its_payment_and_what_it_is_about(self, harness: Harness) -> None:
        payment, dispute_id = self.disputed(harness, AMOUNT_MINOR - 100)
        view = self.dispute(harness, dispute_id)
        assert (view.dispute_id, view.charge_id) == (dispute_id, only_capture(payment).charge_id)
        assert view.gateway_payment_id in ("", payment.gateway_payment_id)
        assert (view.amount.amount_minor, view.amount.currency) == (AMOUNT_MINOR - 100, harness.currency)
        assert (view.state, view.is_submitted, view.livemode) == (DisputeState.NEEDS_RESPONSE, False, False)
        assert view.reason
        assert view.evidence_due_at is not None
        assert view.evidence_due_at > view.opened_at

    def test_an_id_that_is_not_there_is_none(self, harness: Harness) -> None:
        assert harness.gateway.get_dispute(dispute_id="disp_of_nobody") is None

    def test_are_listed_newest_first(self, harness: Harness) -> None:
        first, second = (self.disputed(harness)[1] for _ in range(2))
        listed = [view.dispute_id for view in harness.gateway.list_disputes(since=a_minute_before(harness.now()))]
        assert set(listed[:2]) == {first, second}

    def test_lost_its_money_stays_away(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        harness.bank_decides_dispute(dispute_id, won=False)
        view = self.dispute(harness, dispute_id)
        assert view.state is DisputeState.LOST
        assert self.moved_minor(view) == -AMOUNT_MINOR

    def test_won_its_money_is_back(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        harness.bank_decides_dispute(dispute_id, won=True)
        view = self.dispute(harness, dispute_id)
        assert view.state is DisputeState.WON
        assert self.moved_minor(view) == 0

    def test_each_movement_has_an_id_that_stays(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        before = {movement.transaction_id for movement in self.dispute(harness, dispute_id).movements}
        harness.bank_decides_dispute(dispute_id, won=False)
        after = [movement.transaction_id for movement in self.dispute(harness, dispute_id).movements]
        assert len(set(after)) == len(after)
        assert before <= set(after)

    def test_a_draft_hands_nothing_in(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        answer = harness.gateway.submit_evidence(
            key=new_id("call"), dispute_id=dispute_id, evidence=WORDS, submit=False
        )
        assert answer.outcome is Outcome.SUCCEEDED
        view = self.dispute(harness, dispute_id)
        assert (view.state, view.is_submitted) == (DisputeState.NEEDS_RESPONSE, False)

    def test_evidence_with_a_file_is_reviewed(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        answer = self.submit(harness, dispute_id, evidence=EVIDENCE)
        assert answer.outcome is Outcome.SUCCEEDED, answer
        assert answer.dispute is not None
        assert (answer.dispute.state, answer.dispute.is_submitted) == (DisputeState.UNDER_REVIEW, True)
        assert self.dispute(harness, dispute_id).is_submitted

    def test_what_is_decided_takes_no_evidence(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        harness.bank_decides_dispute(dispute_id, won=False)
        answer = self.submit(harness, dispute_id)
        assert answer.outcome is Outcome.DECLINED
        assert answer.dispute is not None
        assert answer.dispute.state is DisputeState.LOST

    def test_after_a_lost_answer_the_dispute_itself_tells(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        with harness.answers_lost():
            assert self.submit(harness, dispute_id).outcome is Outcome.UNKNOWN
        assert self.dispute(harness, dispute_id).is_submitted

    def test_accepted_it_is_lost(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        answer = harness.gateway.accept_dispute(key=new_id("call"), dispute_id=dispute_id)
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.dispute is not None
        assert answer.dispute.state is DisputeState.LOST
        assert self.moved_minor(self.dispute(harness, dispute_id)) == -AMOUNT_MINOR

    def test_accepted_twice_it_is_lost_once(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        for _ in range(2):
            answer = harness.gateway.accept_dispute(key=new_id("call"), dispute_id=dispute_id)
            assert answer.outcome is Outcome.SUCCEEDED
        assert self.moved_minor(self.dispute(harness, dispute_id)) == -AMOUNT_MINOR

    def test_what_was_won_is_not_accepted(self, harness: Harness) -> None:
        _, dispute_id = self.disputed(harness)
        harness.bank_decides_dispute(dispute_id, won=True)
        answer = harness.gateway.accept_dispute(key=new_id("call"), dispute_id=dispute_id)
        assert answer.outcome is Outcome.DECLINED
        assert self.moved_minor(self.dispute(harness, dispute_id)) == 0

    def test_one_that_is_not_there_is_declined(self, harness: Harness) -> None:
        assert self.submit(harness, "disp_of_nobody").outcome is Outcome.DECLINED
        answer = harness.gateway.accept_dispute(key=new_id("call"), dispute_id="disp_of_nobody")
        assert answer.outcome is Outcome.DECLINED
