"""What a file that somebody hands in may be: its size, its type by what is in it, and nothing in it that acts. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from config.kernel.verdict import Verdict
from config.papers.pictures import end_of_jpeg
from config.papers.portable import may_be_opened

LARGEST: Final = 4 * 1024 * 1024
# Of all papers of one dispute together: banks take no more. (docs.stripe.com/disputes/best-practices: 4.5 MB)
LARGEST_TOGETHER: Final = 4_500_000
TYPES: Final = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
_NAME: Final = re.compile(r"[^A-Za-z0-9._ -]+")


@dataclass(frozen=True, slots=True)
class Paper:
    """A file as it was checked: a harmless name, the type that its content has, and nothing behind its end."""

    name: str
    content_type: str
    content: bytes


def kind_of(content: bytes) -> str:
    """`pdf`, `jpg` or `png` by how the content begins and ends; empty where it is none of these, or only pretends."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-1_024:]:
        return "pdf"
    if end_of_jpeg(content):
        return "jpg"
    if content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and b"IEND" in content[-12:]:
        return "png"
    return ""


def may_keep(content: bytes) -> Verdict:
    """Whether a file may be evidence. What its name or its sender says of its type is not asked."""
    if not content:
        return Verdict.no("file_empty", "the file is empty")
    if len(content) > LARGEST:
        return Verdict.no("file_too_large", f"a file may have {LARGEST // 1024 // 1024} MB")
    kind = kind_of(content)
    if not kind:
        return Verdict.no("file_type", "evidence is a PDF, a JPEG or a PNG, and whole")
    if kind == "pdf":
        return may_be_opened(content)
    return Verdict.yes()


def paper(name: str, content: bytes) -> Paper:
    """The name without whatever a file system or a header could take for something else, with the content's own ending.
    The content may be kept."""
    kind = kind_of(content)
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    clean = _NAME.sub("_", stem).strip(" ._")[:80]
    whole = content[: end_of_jpeg(content)] if kind == "jpg" else content
    return Paper(name=f"{clean or 'evidence'}.{kind}", content_type=TYPES[kind], content=whole)


def may_add(*, size: int, others: int) -> Verdict:
    """Whether another paper fits beside those that there are (bytes)."""
    if size + others > LARGEST_TOGETHER:
        return Verdict.no("files_too_large", "all files of a dispute together may have 4.5 MB")
    return Verdict.yes()
