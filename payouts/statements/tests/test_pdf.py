"""What is written can be read back, object by object, and is never kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from payouts.statements.pdf import COLUMNS, LINES_A_PAGE, pdf


def text_of_pdf(data: bytes) -> list[str]:
    """The lines that a reader shows, in their order."""
    found = re.findall(rb"^\(((?:\\.|[^\\()])*)\) Tj T\*$", data, re.MULTILINE)
    return [re.sub(rb"\\(.)", rb"\1", line).decode("cp1252") for line in found]


def objects_of(data: bytes) -> dict[int, int]:
    """Where its table says that each object begins."""
    start = int(re.findall(rb"startxref\n(\d+)\n", data)[-1])
    table = data[start:].split(b"trailer")[0].split(b"\n")[3:-1]
    return {number: int(row.split()[0]) for number, row in enumerate(table, start=1)}


class TestPdf:
    @pytest.mark.parametrize("count", [0, 1, LINES_A_PAGE, LINES_A_PAGE + 1, 5 * LINES_A_PAGE + 3])
    def test_every_line_is_there_and_every_object_where_the_table_says(self, count: int) -> None:
        lines = [f"line {number}" for number in range(count)]
        data = b"".join(pdf(lines))
        assert text_of_pdf(data) == lines
        for number, place in objects_of(data).items():
            assert data[place:].startswith(b"%d 0 obj" % number)
        written = {int(number) for number in re.findall(rb"^(\d+) 0 obj$", data, re.MULTILINE)}
        size = int(re.findall(rb"/Size (\d+) ", data)[-1])
        assert set(objects_of(data)) == written == set(range(1, size))
        pages = max(1, -(-count // LINES_A_PAGE))
        assert data.count(b"/Type /Page ") == pages
        assert b"/Count %d " % pages in data
        assert data.startswith(b"%PDF-1.4")
        assert data.endswith(b"%%EOF\n")

    def test_each_stream_is_as_long_as_it_says(self) -> None:
        data = b"".join(pdf(["(a) \\ b", "c"]))
        for length, stream in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", data, re.DOTALL):
            assert len(stream) == int(length)

    def test_marks_that_mean_something_are_escaped_and_others_replaced(self) -> None:
        shown = text_of_pdf(b"".join(pdf(["(a) \\ b", "é €", "₹ अ", "tab\there"])))
        assert shown == ["(a) \\ b", "é €", "? ?", "tab here"]

    def test_a_long_line_is_cut(self) -> None:
        assert text_of_pdf(b"".join(pdf(["x" * 500]))) == ["x" * COLUMNS]

    def test_a_page_is_given_away_before_the_next_line_is_read(self) -> None:
        read = 0

        def lines() -> Iterator[str]:
            nonlocal read
            for number in range(10 * LINES_A_PAGE):
                read = number
                yield str(number)

        pieces = pdf(lines())
        for _ in range(4):  # header, font, and the first page's stream and page
            next(pieces)
        assert read < LINES_A_PAGE + 1
