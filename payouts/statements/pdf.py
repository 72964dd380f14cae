"""Writes lines of text as a PDF, page by page, without keeping the pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

LINES_A_PAGE = 68
# A4 in points; Courier at 7 points is 4.2 points wide, so that 128 characters fit between the margins.
_WIDTH, _HEIGHT, _MARGIN, _SIZE, _LEADING = 595, 842, 28, 7, 11.5
COLUMNS = 128


def pdf(lines: Iterable[str]) -> Iterator[bytes]:
    """A PDF 1.4 of fixed-width text, in the order in which a reader needs it: each page is given away once it is
    written, and only where it begins is remembered. Letters that the standard fonts do not have become `?`."""
    offsets: dict[int, int] = {}
    position = 0

    def placed(number: int, body: bytes) -> bytes:
        nonlocal position
        offsets[number] = position
        written = b"%d 0 obj\n" % number + body + b"\nendobj\n"
        position += len(written)
        return written

    header = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    position += len(header)
    yield header
    yield placed(3, b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>")
    pages: list[int] = []
    rest = iter(lines)
    while (text := list(islice(rest, LINES_A_PAGE))) or not pages:
        content = _content(text, number=len(pages) + 1)
        stream, page = 4 + 2 * len(pages), 5 + 2 * len(pages)
        yield placed(stream, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        yield placed(
            page,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (_WIDTH, _HEIGHT, stream),
        )
        pages.append(page)
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    yield placed(2, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids))
    yield placed(1, b"<< /Type /Catalog /Pages 2 0 R >>")
    yield _trailer(offsets, start=position)


def _content(text: list[str], *, number: int) -> bytes:
    top = _HEIGHT - _MARGIN - _SIZE
    shown = b"".join(b"(%s) Tj T*\n" % _escaped(line) for line in text)
    foot = b"BT /F1 %d Tf %d %d Td (page %d) Tj ET" % (_SIZE, _MARGIN, _MARGIN // 2, number)
    return b"BT /F1 %d Tf %.1f TL %d %d Td\n%sET\n%s" % (_SIZE, _LEADING, _MARGIN, top, shown, foot)


def _escaped(line: str) -> bytes:
    plain = "".join(mark if mark.isprintable() else " " for mark in line[:COLUMNS])
    coded = plain.encode("cp1252", "replace")
    return coded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _trailer(offsets: dict[int, int], *, start: int) -> bytes:
    size = max(offsets) + 1
    table = b"".join(b"%010d 00000 n \n" % offsets[number] for number in range(1, size))
    return b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        start,
    )
