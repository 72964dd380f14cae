"""Disputes at Razorpay: heard of, answered in each phase, conceded; its calls have no keys, so lost answers are asked
about."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from config.outbox.models import OutboxJob
from config.papers.tests.test_papers import PDF
from payments.disputes.models import Dispute, DisputeEvidence
from payments.disputes.services.answer import accept_dispute, submit_evidence
from payments.disputes.services.evidence import AnswerUnderWay, EvidenceTooLong, add_file, write_evidence
from payments.disputes.services.sweeps import refresh_due, remind_due
from payments.gateways.dispute_views import EvidencePaper, EvidenceText
from payments.ledger.queries import balance_minor
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(razorpay: RazorpayWorld) -> Dispute:
    order = razorpay.paid_order(10_000)
    razorpay.at_charge(razorpay.payment(order), "dispute")
    razorpay.hear()
    return Dispute.objects.get()


def draft(dispute: Dispute, world: RazorpayWorld) -> None:
    texts = {EvidenceText.EXPLANATION: "It was delivered.", EvidenceText.SHIPPING_TRACKING: "BD 7730"}
    write_evidence(dispute_pk=dispute.pk, texts=texts, actor="user:a", at=world.at)
    for paper in (EvidencePaper.SHIPPING, EvidencePaper.SIGNATURE):
        add_file(dispute_pk=dispute.pk, paper=paper, name="x.pdf", content=PDF, actor="user:a", at=world.at)


def submit(dispute: Dispute, world: RazorpayWorld) -> str:
    return submit_evidence(dispute_pk=dispute.pk, actor="user:a", reason="complete", at=world.now())


def at_bank(dispute: Dispute, world: RazorpayWorld, verb: str, **order: object) -> None:
    world.sandbox.control.razorpay(f"disputes/{dispute.gateway_dispute_id}/{verb}", **order)


def contested(dispute: Dispute, world: RazorpayWorld) -> int:
    return world.requests("PATCH", f"/v1/disputes/{dispute.gateway_dispute_id}/contest")


def fresh(dispute: Dispute) -> tuple[str, bool]:
    dispute.refresh_from_db()
    return dispute.status, dispute.is_submitted


def test_more_words_than_razorpay_takes_are_refused_and_not_cut(razorpay: RazorpayWorld, dispute: Dispute) -> None:
    """Two fields that fit alone, and not together. What was written before they were counted is not sent either."""
    draft(dispute, razorpay)
    texts = {EvidenceText.EXPLANATION: "x" * 600, EvidenceText.ACCESS_LOG: "y" * 600}
    before = everything()
    with pytest.raises(EvidenceTooLong, match="1,000 characters of all fields together; these are 1,213"):
        write_evidence(dispute_pk=dispute.pk, texts=texts, actor="user:a", at=razorpay.at)
    assert everything() == before
    DisputeEvidence.objects.update(texts={name.value: said for name, said in texts.items()})
    before = everything()
    with pytest.raises(EvidenceTooLong):
        submit(dispute, razorpay)
    assert (everything(), contested(dispute, razorpay)) == (before, 0)


def test_evidence_goes_with_its_papers_and_the_next_phase_is_answered_again(
    razorpay: RazorpayWorld, dispute: Dispute
) -> None:
    draft(dispute, razorpay)
    assert submit(dispute, razorpay) == "succeeded"
    assert fresh(dispute) == ("under_review", True)
    [known] = razorpay.sandbox.control.get("objects", gateway="razorpay", kind="dispute")["objects"]
    evidence = known["body"]["evidence"]
    assert evidence["summary"] == "It was delivered.\nShipping tracking: BD 7730"
    assert (len(evidence["shipping_proof"]), evidence["others"][0]["type"]) == (1, "receipt_signed_by_customer")
    razorpay.hear()
    at_bank(dispute, razorpay, "require", phase="pre_arbitration")
    razorpay.hear()
    assert fresh(dispute) == ("needs_response", False)
    assert submit(dispute, razorpay) == "succeeded"
    at_bank(dispute, razorpay, "decide", won=True)
    razorpay.hear()
    assert fresh(dispute)[0] == "won"
    assert contested(dispute, razorpay) == 2


def test_a_phase_that_begins_with_a_deadline_of_its_own_is_told_at_once(
    razorpay: RazorpayWorld, dispute: Dispute
) -> None:
    """A letter so many days before it might come too late, or never."""
    assert remind_due(at=razorpay.now()).done == 1
    draft(dispute, razorpay)
    submit(dispute, razorpay)
    razorpay.later(days=1)
    assert remind_due(at=razorpay.now()).done == 0
    at_bank(dispute, razorpay, "require", phase="pre_arbitration")
    razorpay.hear()
    assert fresh(dispute) == ("needs_response", False)
    assert (remind_due(at=razorpay.now()).done, remind_due(at=razorpay.now()).done) == (1, 0)
    assert OutboxJob.objects.filter(topic="dispute.evidence_due").count() == 2


def test_a_lost_answer_is_asked_about_and_nothing_goes_twice(razorpay: RazorpayWorld, dispute: Dispute) -> None:
    draft(dispute, razorpay)
    razorpay.lose_answer("/v1/disputes/*/contest", method="PATCH")
    assert submit(dispute, razorpay) == "unknown"
    with pytest.raises(AnswerUnderWay):
        submit(dispute, razorpay)
    razorpay.later(minutes=1)
    razorpay.work()
    assert fresh(dispute) == ("under_review", True)
    assert (GatewayCall.objects.latest("pk").status, contested(dispute, razorpay)) == ("succeeded", 1)


def test_an_answer_to_the_next_phase_that_never_arrived_is_not_taken_for_the_one_before(
    razorpay: RazorpayWorld, dispute: Dispute
) -> None:
    draft(dispute, razorpay)
    submit(dispute, razorpay)
    at_bank(dispute, razorpay, "require", phase="arbitration")
    razorpay.hear()
    razorpay.refuse("/v1/disputes/*/contest", method="PATCH")
    assert submit(dispute, razorpay) == "unknown"
    for _ in range(12):
        razorpay.later(minutes=11)
        razorpay.work()
    call = GatewayCall.objects.filter(operation="dispute.submit").latest("pk")
    assert (call.status, fresh(dispute)) == ("not_executed", ("needs_response", False))
    assert submit(dispute, razorpay) == "succeeded"


def test_what_is_conceded_is_lost_and_booked(razorpay: RazorpayWorld, dispute: Dispute) -> None:
    outcome = accept_dispute(dispute_pk=dispute.pk, actor="user:a", reason="the buyer is right", at=razorpay.now())
    assert outcome == "succeeded"
    razorpay.hear()
    assert fresh(dispute)[0] == "lost"
    assert balance_minor("withdrawn", currency="INR") == 0
    assert balance_minor("escrow", currency="INR") == 0


def test_what_was_lost_and_is_won_on_appeal_is_found_by_asking_daily_while_arbitration_may_last(
    razorpay: RazorpayWorld, dispute: Dispute
) -> None:
    """Razorpay lists no events: a decision that was not told would never be heard of."""
    at_bank(dispute, razorpay, "decide", won=False)
    razorpay.hear()
    assert fresh(dispute) == ("lost", False)
    at_bank(dispute, razorpay, "decide", won=True)
    assert refresh_due(at=razorpay.later(hours=23)).done == 0
    assert refresh_due(at=razorpay.later(hours=2)).done == 1
    assert (fresh(dispute), dispute.lost_minor, dispute.withdrawn_minor) == (("won", False), 0, 0)


def test_what_is_lost_for_good_is_asked_about_no_more(razorpay: RazorpayWorld, dispute: Dispute) -> None:
    at_bank(dispute, razorpay, "decide", won=False)
    razorpay.hear()
    assert refresh_due(at=razorpay.later(days=119)).done == 1
    assert refresh_due(at=razorpay.later(days=2)).done == 0
