"""Files of evidence: known by what is in them, and nothing in them that acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.papers import papers

PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0\x00\x07JFIF\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00" * 20 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20 + b"\x00\x00\x00\x00IEND\xaeB`\x82"


class TestKindOf:
    @pytest.mark.parametrize(("content", "kind"), [(PDF, "pdf"), (JPG, "jpg"), (PNG, "png")])
    def test_is_what_it_begins_and_ends_like(self, content: bytes, kind: str) -> None:
        assert papers.kind_of(content) == kind
        assert papers.kind_of(content[: len(content) // 2]) == "", "half a file is none"

    @pytest.mark.parametrize(
        "content", [b"", b"MZ\x90\x00", b"<svg onload=alert(1)>", b"GIF89a;", b"PK\x03\x04", b"<html>%PDF-1.7 %%EOF"]
    )
    def test_anything_else_is_none(self, content: bytes) -> None:
        assert papers.kind_of(content) == ""

    @given(st.binary(max_size=200))
    def test_never_breaks(self, content: bytes) -> None:
        assert papers.kind_of(content) in ("", *papers.TYPES)


class TestMayKeep:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (PDF, ""),
            (JPG, ""),
            (PNG, ""),
            (b"", "file_empty"),
            (PDF[:-6] + b" " * papers.LARGEST + b"%%EOF\n", "file_too_large"),
            (b"<?php system($_GET[0]);", "file_type"),
            (PDF.replace(b"/Catalog", b"/Catalog /OpenAction 2 0 R"), "file_acts"),
            (PDF.replace(b"/Catalog", b"/Catalog /AA << >>"), "file_acts"),
            (PDF.replace(b"/Catalog", b"/Catalog /S/JavaScript/JS(app.alert)"), "file_acts"),
            (PDF.replace(b"/Catalog", b"/Catalog /Launch"), "file_acts"),
            (PDF.replace(b"/Catalog", b"/Catalog /S/J#61vaScript"), "file_acts"),
            (PDF.replace(b"/Catalog", b"/Catalog /#4f#70enAction 2 0 R"), "file_acts"),
            (PDF.replace(b"/Root", b"/Encrypt 3 0 R /Root"), "file_locked"),
            (PDF.replace(b"/Catalog", b"/Catalog /AAPL:Keywords"), ""),
            (PDF.replace(b"/Catalog", b"/Catalog /EncryptMetadata true"), ""),
        ],
    )
    def test_by_size_type_and_content(self, content: bytes, code: str) -> None:
        verdict = papers.may_keep(content)
        assert (bool(verdict), verdict.code) == (not code, code)


class TestPaper:
    def test_what_a_phone_wrote_behind_its_picture_stays_behind(self) -> None:
        assert papers.may_keep(JPG + b"MotionPhoto_Data ftypmp42")
        assert papers.paper("photo.jpg", JPG + b"MotionPhoto_Data ftypmp42").content == JPG
        assert papers.paper("receipt.pdf", PDF).content == PDF

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("receipt.pdf", "receipt.pdf"),
            ("photo.exe", "photo.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\Users\\me\\scan 1.PDF", "scan 1.pdf"),
            ('a"\r\nSet-Cookie: x.pdf', "a_Set-Cookie_ x.pdf"),
            ("дата.pdf", "evidence.pdf"),
            ("", "evidence.pdf"),
            ("x" * 300 + ".pdf", "x" * 80 + ".pdf"),
        ],
    )
    def test_has_a_harmless_name_and_its_contents_type(self, name: str, kept: str) -> None:
        assert papers.paper(name, PDF) == papers.Paper(name=kept, content_type="application/pdf", content=PDF)

    @given(st.text(max_size=60))
    def test_no_name_leaves_a_header_or_a_folder(self, name: str) -> None:
        kept = papers.paper(name, PNG).name
        assert kept.isascii()
        assert not set(kept) & set('/\\"\r\n\x00;')
        assert kept.endswith(".png")


class TestMayAdd:
    def test_all_together_have_a_limit(self) -> None:
        assert papers.may_add(size=papers.LARGEST, others=papers.LARGEST_TOGETHER - papers.LARGEST)
        verdict = papers.may_add(size=papers.LARGEST, others=papers.LARGEST_TOGETHER - papers.LARGEST + 1)
        assert verdict.code == "files_too_large"
