"""Evidence as it is written and kept, until it is submitted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.audit.models import AuditEntry
from config.calls.services import open_call
from config.kernel.errors import NotFound
from config.papers.tests.test_papers import JPG, PDF
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.disputes.services.evidence import (
    AnswerUnderWay,
    DisputeNotAnswerable,
    EvidenceSubmitted,
    EvidenceTooLate,
    FileRefused,
    add_file,
    evidence_of,
    has_evidence,
    remove_file,
    write_evidence,
)
from payments.gateways.dispute_views import EvidencePaper, EvidenceText
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {EvidenceText.EXPLANATION: "It was delivered."}


@pytest.fixture
def dispute(world: World) -> Dispute:
    world.disputed_order(10_000)
    return Dispute.objects.get()


def write(dispute: Dispute, world: World, texts: dict[EvidenceText, str] | None = None) -> bool:
    return write_evidence(dispute_pk=dispute.pk, texts=SAID if texts is None else texts, actor="user:a", at=world.at)


def keep(dispute: Dispute, world: World, content: bytes = PDF, paper: EvidencePaper = EvidencePaper.RECEIPT) -> None:
    add_file(dispute_pk=dispute.pk, paper=paper, name="receipt.pdf", content=content, actor="user:a", at=world.at)


class TestWriteEvidence:
    def test_keeps_the_words_that_there_are(self, world: World, dispute: Dispute) -> None:
        assert write(dispute, world, {**SAID, EvidenceText.CUSTOMER_NAME: "  ", EvidenceText.SERVICE_DATE: " 2026 "})
        written = DisputeEvidence.objects.get()
        assert written.texts == {"explanation": "It was delivered.", "service_date": "2026"}
        assert (written.written_by, written.submitted_at) == ("user:a", None)
        assert AuditEntry.objects.get(act="evidence written").facts == {"about": "explanation, service date"}

    def test_the_same_words_again_write_nothing(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        before = everything()
        assert not write(dispute, world)
        assert everything() == before

    def test_card_numbers_are_masked(self, world: World, dispute: Dispute) -> None:
        write(dispute, world, {EvidenceText.EXPLANATION: "paid with 4242 4242 4242 4242"})
        assert "4242 4242 4242 4242" not in DisputeEvidence.objects.get().texts["explanation"]

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"status": "under_review"}, DisputeNotAnswerable),
            ({"status": "won"}, DisputeNotAnswerable),
            ({"is_submitted": True}, EvidenceSubmitted),
        ],
    )
    def test_is_refused_where_none_is_waited_for(
        self, world: World, dispute: Dispute, changes: dict[str, object], refusal: type[Exception]
    ) -> None:
        Dispute.objects.filter(pk=dispute.pk).update(**changes)
        with pytest.raises(refusal):
            write(dispute, world)
        assert not DisputeEvidence.objects.exists()
        Dispute.objects.filter(pk=dispute.pk).update(status="needs_response", is_submitted=False)

    def test_is_refused_after_its_deadline(self, world: World, dispute: Dispute) -> None:
        assert dispute.evidence_due_at is not None
        world.at = dispute.evidence_due_at + timedelta(seconds=1)
        with pytest.raises(EvidenceTooLate):
            write(dispute, world)

    def test_is_refused_while_an_answer_is_under_way(self, world: World, dispute: Dispute) -> None:
        """What is sent under a key must stay what it was."""
        open_call(
            subject=dispute, operation="dispute.submit", service="stripe", account="stripe", actor="user:a", facts={},
            at=world.at,
        )  # fmt: skip
        with pytest.raises(AnswerUnderWay):
            write(dispute, world)
        with pytest.raises(AnswerUnderWay):
            keep(dispute, world)


class TestFiles:
    def test_are_kept_encrypted_and_given_back_whole(self, world: World, dispute: Dispute) -> None:
        keep(dispute, world)
        file = EvidenceFile.objects.get()
        assert (file.name, file.content_type, file.size) == ("receipt.pdf", "application/pdf", len(PDF))
        assert PDF not in bytes(file.content)
        [given] = evidence_of(dispute).files
        assert (given.content, given.paper) == (PDF, EvidencePaper.RECEIPT)

    def test_one_of_each_paper(self, world: World, dispute: Dispute) -> None:
        keep(dispute, world)
        keep(dispute, world, JPG)
        keep(dispute, world, PDF, EvidencePaper.SHIPPING)
        kept = EvidenceFile.objects.order_by("paper").values_list("paper", "name")
        assert list(kept) == [("receipt", "receipt.jpg"), ("shipping", "receipt.pdf")]

    def test_what_is_none_is_refused(self, world: World, dispute: Dispute) -> None:
        with pytest.raises(FileRefused) as refused:
            keep(dispute, world, b"MZ not a paper")
        assert refused.value.facts == {"reason": "file_type"}
        assert not EvidenceFile.objects.exists()

    def test_all_together_have_a_limit(self, world: World, dispute: Dispute) -> None:
        large = PDF[:-6] + b" " * 3_000_000 + b"%%EOF\n"
        keep(dispute, world, large)
        with pytest.raises(FileRefused):
            keep(dispute, world, large, EvidencePaper.OTHER)
        keep(dispute, world, large)  # in its own place it may stand

    def test_can_be_taken_out_again(self, world: World, dispute: Dispute) -> None:
        keep(dispute, world)
        assert has_evidence(dispute)
        remove_file(dispute_pk=dispute.pk, paper=EvidencePaper.RECEIPT, actor="user:a", at=world.at)
        assert not has_evidence(dispute)
        with pytest.raises(NotFound):
            remove_file(dispute_pk=dispute.pk, paper=EvidencePaper.RECEIPT, actor="user:a", at=world.at)


class TestEvidenceOf:
    def test_is_the_same_for_the_same_rows(self, world: World, dispute: Dispute) -> None:
        write(dispute, world, {EvidenceText.SERVICE_DATE: "2026", **SAID})
        keep(dispute, world)
        assert evidence_of(dispute) == evidence_of(dispute)
        assert list(evidence_of(dispute).texts) == [EvidenceText.EXPLANATION, EvidenceText.SERVICE_DATE]

    def test_of_nothing_is_nothing(self, dispute: Dispute) -> None:
        assert not has_evidence(dispute)
        assert evidence_of(dispute).texts == {}
