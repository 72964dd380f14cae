"""Files for evidence: what is taken, and what is kept of it."""

from __future__ import annotations

import pytest

from payments.sandbox.conftest import Raw
from payments.sandbox.stripe.files import LARGEST, type_of

PDF = b"%PDF-1.7 of ours"


class TestUpload:
    def test_keeps_name_size_and_type(self, raw: Raw) -> None:
        made = raw.upload("/v1/files", content=PDF, name="a receipt.pdf").json
        assert (made["filename"], made["size"], made["type"]) == ("a receipt.pdf", len(PDF), "pdf")
        assert made["purpose"] == "dispute_evidence"
        assert raw("GET", f"/v1/files/{made['id']}").json == made

    @pytest.mark.parametrize(
        ("content", "code"),
        [(b"", None), (b"MZ and more", "invalid_file_type"), (PDF + b" " * LARGEST, "file_too_large")],
    )
    def test_refuses_what_is_no_paper(self, raw: Raw, content: bytes, code: str | None) -> None:
        answer = raw.upload("/v1/files", content=content, name="x.pdf")
        assert (answer.status, answer.error.get("code")) == (400, code)

    def test_refuses_another_purpose(self, raw: Raw) -> None:
        assert raw.upload("/v1/files", content=PDF, name="x.pdf", purpose="business_logo").status == 400

    def test_a_form_without_a_file_is_refused(self, raw: Raw) -> None:
        assert raw("POST", "/v1/files", {"purpose": "dispute_evidence"}).error["code"] == "parameter_missing"

    def test_the_same_key_is_the_same_file_and_takes_no_other(self, raw: Raw) -> None:
        first, again = (raw.upload("/v1/files", content=PDF, name="x.pdf", key="k1") for _ in range(2))
        assert first.json["id"] == again.json["id"]
        assert raw.upload("/v1/files", content=PDF + b" ", name="x.pdf", key="k1").status == 400


class TestTypeOf:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (PDF, "pdf"),
            (b"\xff\xd8\xff\xe0", "jpg"),
            (b"\x89PNG\r\n\x1a\n", "png"),
            (b"GIF89a", "unknown"),
            (b"", "unknown"),
        ],
    )
    def test_is_read_from_how_it_begins(self, content: bytes, kind: str) -> None:
        assert type_of(content) == kind
