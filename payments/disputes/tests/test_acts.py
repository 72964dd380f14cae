"""What operators keep for an answer: a draft that nobody sees yet, and files that are checked and stay private."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.accounts.roles import Role
from config.admin.show import url_of
from config.admin.tests.operators import act_of, as_role, confirm, hidden_fields, text_of
from config.papers.tests.test_papers import PDF, PNG
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.disputes.services.tests.test_evidence import keep
from payments.tests.test_acts import traces
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(world: World) -> Dispute:
    world.disputed_order(10_000)
    return Dispute.objects.get()


@pytest.fixture
def finance() -> Client:
    return as_role(Role.FINANCE)


def upload(client: Client, dispute: Dispute, content: bytes, name: str = "receipt.pdf", paper: str = "receipt") -> str:
    file = SimpleUploadedFile(name, content, content_type="text/html")
    return text_of(confirm(client, dispute, "add-file", paper=paper, file=file))


class TestWrite:
    def test_begins_with_what_we_know_ourselves(self, finance: Client, dispute: Dispute) -> None:
        page = finance.get(act_of(dispute, "write"))
        order = dispute.payment.order
        assert page.context["extra"].initial["customer_email"] == order.email
        assert page.context["extra"].initial["product_description"].startswith("1 × ")
        assert "Evidence is taken until" in text_of(page)

    def test_keeps_a_draft(self, finance: Client, dispute: Dispute) -> None:
        said = text_of(confirm(finance, dispute, "write", explanation="It was delivered.", customer_name="Ada"))
        assert "It is written." in said
        assert DisputeEvidence.objects.get().texts == {"explanation": "It was delivered.", "customer_name": "Ada"}
        assert "It was delivered." in text_of(finance.get(url_of(dispute)))


class TestFiles:
    def test_are_added_shown_saved_and_removed(self, finance: Client, dispute: Dispute) -> None:
        page = finance.get(act_of(dispute, "add-file"))
        assert b'enctype="multipart/form-data"' in page.content
        assert "receipt.pdf is kept as receipt" in upload(finance, dispute, PDF)
        file = EvidenceFile.objects.get()
        given = finance.get(f"/admin/payments/dispute/{dispute.pk}/file/{file.pk}/")
        assert given.content == PDF
        assert given.headers["Content-Disposition"] == 'attachment; filename="receipt.pdf"'
        assert (given.headers["Content-Type"], given.headers["X-Content-Type-Options"]) == (
            "application/pdf",
            "nosniff",
        )
        assert "sandbox" in given.headers["Content-Security-Policy"]
        text_of(confirm(finance, dispute, "remove-file", paper="receipt"))
        assert not EvidenceFile.objects.exists()

    def test_type_and_name_are_the_contents_own(self, finance: Client, dispute: Dispute) -> None:
        upload(finance, dispute, PNG, name='../x".html')
        file = EvidenceFile.objects.get()
        assert (file.name, file.content_type) == ("x.png", "image/png")

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"<script>", "evidence is a PDF, a JPEG or a PNG"),
            (b"", "the file is empty"),
            (PDF + b" " * 5_000_000, "a file may have 4 MB"),
            (PDF.replace(b"/Catalog", b"/Catalog /OpenAction 2 0 R"), "the PDF does something when it is opened"),
        ],
    )
    def test_what_is_no_paper_is_refused(self, finance: Client, dispute: Dispute, content: bytes, said: str) -> None:
        before = traces()
        assert said in upload(finance, dispute, content)
        assert not EvidenceFile.objects.exists()
        assert traces() == before

    def test_are_private(self, world: World, finance: Client, dispute: Dispute) -> None:
        keep(dispute, world)
        path = f"/admin/payments/dispute/{dispute.pk}/file/{EvidenceFile.objects.get().pk}/"
        assert Client().get(path).status_code == 302, "a stranger is asked who they are"
        assert as_role(Role.AUDITOR).get(path).status_code == 200
        assert finance.get(path.replace(f"/{dispute.pk}/", "/999999/")).status_code == 404


class TestWhatNoBrowserSends:
    """Each is answered by the form again, or refused; none by a fault, and nothing is kept."""

    def post(self, client: Client, dispute: Dispute, name: str, **given: Any) -> int:
        url = act_of(dispute, name)
        form = {**hidden_fields(client.get(url)), "reason": "because", **given}
        client.raise_request_exception = False
        return int(client.post(url, form).status_code)

    def test_files(self, finance: Client, dispute: Dispute) -> None:
        wrong: list[dict[str, Any]] = [
            {},
            {"paper": "receipt", "file": "text"},
            {"paper": "poem", "file": SimpleUploadedFile("a.pdf", PDF)},
            {"paper": "receipt\x00", "file": SimpleUploadedFile("a.pdf", PDF)},
            {"paper": "receipt", "file": SimpleUploadedFile("a.pdf", b"x" * 20_000_000)},
        ]
        assert [self.post(finance, dispute, "add-file", **given) for given in wrong] == [200] * len(wrong)
        assert not EvidenceFile.objects.exists()

    @pytest.mark.parametrize(("text", "status"), [("a\x00b", 200), ("x" * 20_001, 200), ("x" * 3_000_000, 413)])
    def test_words(self, finance: Client, dispute: Dispute, text: str, status: int) -> None:
        assert self.post(finance, dispute, "write", explanation=text) == status
        assert not DisputeEvidence.objects.exists()

    def test_a_paper_that_is_not_there(self, world: World, finance: Client, dispute: Dispute) -> None:
        keep(dispute, world)
        assert self.post(finance, dispute, "remove-file", paper="signature") == 200
        assert EvidenceFile.objects.count() == 1

    @pytest.mark.parametrize("file", ["1", "99999999999999999999999"])
    def test_a_file_that_is_not_there(self, finance: Client, dispute: Dispute, file: str) -> None:
        assert finance.get(f"/admin/payments/dispute/{dispute.pk}/file/{file}/").status_code == 404
