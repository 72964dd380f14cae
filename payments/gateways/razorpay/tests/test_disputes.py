"""Disputes, read into our words and answered in Razorpay's."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.contract import Outcome
from payments.gateways.dispute_views import (
    DisputeState,
    Evidence,
    EvidenceFile,
    EvidencePaper,
    EvidenceText,
)
from payments.gateways.failures import UnreadableObject
from payments.gateways.razorpay.disputes import LONGEST_SUMMARY, OTHERS, PAPERS, dispute_view, summary_of, why_not_say
from payments.gateways.razorpay.tests.entities import MADE, page
from payments.gateways.razorpay.tests.scripted import refusal, scripted
from payments.gateways.tests.scripted import Reply


def dispute(**changes: Any) -> dict[str, Any]:
    return {
        "id": "disp_One", "entity": "dispute", "payment_id": "pay_One", "amount": 20_000, "currency": "INR",
        "amount_deducted": 0, "reason_code": "goods", "respond_by": MADE + 99, "status": "open", "phase": "chargeback",
        "created_at": MADE, "evidence": {"submitted_at": None},
    } | changes  # fmt: skip


class TestView:
    @pytest.mark.parametrize(
        ("status", "phase", "deducted", "state"),
        [
            ("open", "chargeback", 0, DisputeState.NEEDS_RESPONSE),
            ("open", "fraud", 0, DisputeState.NEEDS_RESPONSE),
            ("open", "retrieval", 0, DisputeState.INQUIRY),
            ("under_review", "retrieval", 0, DisputeState.INQUIRY),
            ("under_review", "arbitration", 20_000, DisputeState.UNDER_REVIEW),
            ("won", "chargeback", 0, DisputeState.WON),
            ("lost", "chargeback", 20_000, DisputeState.LOST),
            ("closed", "chargeback", 0, DisputeState.WON),
            ("closed", "chargeback", 20_000, DisputeState.LOST),
            ("closed", "retrieval", 0, DisputeState.INQUIRY_CLOSED),
        ],
    )
    def test_stands_where_status_phase_and_deduction_say(
        self, status: str, phase: str, deducted: int, state: DisputeState
    ) -> None:
        view = dispute_view(dispute(status=status, phase=phase, amount_deducted=deducted), livemode=False)
        assert view.state is state
        assert view.away_minor == deducted

    def test_what_was_deducted_is_a_level_and_no_movement(self) -> None:
        view = dispute_view(dispute(amount_deducted=20_000), livemode=False)
        assert (view.away_minor, view.movements) == (20_000, ())

    def test_handed_in_says_so(self) -> None:
        handed_in = {"submitted_at": MADE}
        assert dispute_view(dispute(status="under_review", evidence=handed_in), livemode=False).is_submitted
        assert not dispute_view(dispute(status="open", evidence=handed_in), livemode=False).is_submitted, "a next phase"
        assert not dispute_view(dispute(evidence=None, respond_by=None), livemode=False).is_submitted

    @pytest.mark.parametrize("broken", [{"status": "new"}, {"amount": "1"}, {"payment_id": None}, {"entity": "x"}])
    def test_of_another_shape_is_unreadable(self, broken: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            dispute_view(dispute(**broken), livemode=False)


class TestSummary:
    def test_is_the_explanation_and_then_the_rest_by_name(self) -> None:
        texts = {EvidenceText.SHIPPING_TRACKING: "T1", EvidenceText.EXPLANATION: "It arrived."}
        assert summary_of(Evidence(texts=texts)) == "It arrived.\nShipping tracking: T1"

    def test_is_no_longer_than_razorpay_takes(self) -> None:
        assert len(summary_of(Evidence(texts={EvidenceText.EXPLANATION: "x" * 5_000}))) == LONGEST_SUMMARY


class TestWhyNotSay:
    def test_counts_what_would_be_handed_in_with_the_names_of_the_fields(self) -> None:
        name = "Shipping tracking: "
        fits = {EvidenceText.SHIPPING_TRACKING: "x" * (LONGEST_SUMMARY - len(name))}
        assert why_not_say(fits) is None
        assert len(summary_of(Evidence(texts=fits))) == LONGEST_SUMMARY
        failure = why_not_say({EvidenceText.SHIPPING_TRACKING: fits[EvidenceText.SHIPPING_TRACKING] + "x"})
        assert failure is not None
        assert (failure.code, failure.detail) == (
            "evidence_too_long",
            "Razorpay takes 1,000 characters of all fields together; these are 1,001 with their names",
        )


class TestSubmit:
    def test_every_paper_has_one_place(self) -> None:
        assert set(PAPERS) | set(OTHERS) == set(EvidencePaper)
        assert not set(PAPERS) & set(OTHERS)

    def test_uploads_first_and_names_the_documents(self) -> None:
        files = tuple(EvidenceFile(paper, f"{paper}.pdf", "application/pdf", b"%PDF") for paper in EvidencePaper)
        evidence = Evidence(texts={EvidenceText.EXPLANATION: "It arrived."}, files=files, amount=Money(100, "INR"))
        uploads = [Reply(body={"id": f"doc_{number}"}) for number in range(len(files))]
        with scripted(*uploads, Reply(body=dispute())) as script:
            answer = script.gateway.submit_evidence(key="k", dispute_id="disp_One", evidence=evidence, submit=True)
        assert answer.outcome is Outcome.SUCCEEDED
        assert {seen.path for seen in script.seen[:-1]} == {"/v1/documents"}
        body = script.seen[-1].body
        assert (script.seen[-1].method, body["action"], body["amount"]) == ("PATCH", "submit", 100)
        assert len(body["refund_cancellation_policy"]) == 2
        assert [each["type"] for each in body["others"]] == ["receipt_signed_by_customer", "other"]

    @pytest.mark.parametrize("reply", [Reply(hang_up=True), refusal(500), refusal(429)])
    def test_an_upload_that_failed_hands_nothing_in(self, reply: Reply) -> None:
        file = EvidenceFile(EvidencePaper.SHIPPING, "a.pdf", "application/pdf", b"%PDF")
        with scripted(reply) as script:
            answer = script.gateway.submit_evidence(
                key="k", dispute_id="disp_One", evidence=Evidence(texts={}, files=(file,)), submit=True
            )
        assert answer.outcome is Outcome.NOT_EXECUTED
        assert len(script.seen) == 1


class TestList:
    def test_is_of_those_opened_since(self) -> None:
        with scripted(Reply(body=page(dispute()))) as script:
            view = dispute_view(dispute(), livemode=False)
            assert list(script.gateway.list_disputes(since=view.opened_at)) == [view]
        assert script.seen[0].query["from"] == str(MADE)
