"""PDFs that somebody else will open: nothing in them acts, however it is packed, and ordinary ones are not refused."""

from __future__ import annotations

import random
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.papers import portable
from config.papers.portable import may_be_opened

HARMLESS = b"6 0 7 20 << /Type /Catalog >> << /Type /Pages >>"
ACTING = b"6 0 7 40 << /Type /Catalog /OpenAction 7 0 R >> << /S /JavaScript /JS (app.alert(1)) >>"
BEACON = b"6 0 << /Type /Page /AA << /O << /S /URI /URI (https://elsewhere.example) >> >> >>"


def pdf(*objects: bytes) -> bytes:
    body = b"\n".join(b"%d 0 obj %b\nendobj" % (number, each) for number, each in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def stream(head: bytes, body: bytes, *, newline: bytes = b"\n") -> bytes:
    return b"<< %b /Length %d >> stream%b%b\nendstream" % (head, len(body), newline, body)


def packed(objects: bytes, *, how: bytes = b"/Filter /FlateDecode", head: bytes = b"/Type /ObjStm") -> bytes:
    return stream(b"%b /N 2 /First 9 %b" % (head, how), zlib.compress(objects))


def scan(size: int) -> bytes:
    """A picture of a camera, in which some bytes look like names by chance: in four megabytes one in four has them."""
    dots = random.Random(size).randbytes(size // 2)
    return stream(b"/Type /XObject /Subtype /Image /Filter /DCTDecode", dots + b"/AA\x00/JS\xff" + dots)


class TestObjectsThatArePacked:
    def test_are_looked_into(self) -> None:
        assert may_be_opened(pdf(packed(HARMLESS)))
        assert may_be_opened(pdf(packed(ACTING))).code == "file_acts"
        assert may_be_opened(pdf(packed(BEACON))).code == "file_acts"

    @pytest.mark.parametrize(
        "one",
        [
            packed(ACTING, how=b"/Filter [ /FlateDecode ]"),
            packed(ACTING, how=b"/Filter /Fl#61teDecode"),
            packed(ACTING, head=b"/Type /Obj#53tm"),
            packed(ACTING, head=b""),
            packed(ACTING.replace(b"/JavaScript", b"/J#61vaScript")),
            packed(ACTING, head=b"/Type /ObjStm" + b" " * 5_000),
            packed(ACTING).replace(b"stream\n", b"stream\r\n", 1),
            b"<< /Length 9 % >> stream\n >> " + packed(ACTING),
            stream(b"/Type /ObjStm /N 1 /First 4", BEACON),
        ],
    )
    def test_however_they_are_written(self, one: bytes) -> None:
        assert may_be_opened(pdf(one)).code == "file_acts"

    @pytest.mark.parametrize(
        "one",
        [
            packed(ACTING, how=b"/Filter /LZWDecode"),
            packed(ACTING, how=b"/Filter [/ASCIIHexDecode /FlateDecode]"),
            packed(ACTING, how=b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>"),
            packed(ACTING, how=b"/Filter 9 0 R"),
            packed(ACTING).replace(b"stream\n", b"stream\n?", 1),
            packed(b" " * (portable.MOST_UNPACKED + 1)),
        ],
    )
    def test_in_a_way_that_hides_them_are_refused(self, one: bytes) -> None:
        assert may_be_opened(pdf(one)).code == "file_closed"

    def test_of_a_bomb_are_never_unpacked_whole(self) -> None:
        bombs = [packed(b" " * (portable.MOST_UNPACKED - 1)) for _ in range(3)]
        assert may_be_opened(pdf(*bombs)).code == "file_closed"


class TestOrdinaryFiles:
    def test_a_scan_is_no_act_by_chance(self) -> None:
        assert may_be_opened(pdf(b"<< /Type /Catalog >>", scan(3_500_000), scan(300_000)))
        assert may_be_opened(pdf(b"<< /Type /Catalog /AA 3 0 R >>", scan(300_000))).code == "file_acts"

    def test_a_page_to_open_at_is_no_act(self) -> None:
        assert may_be_opened(pdf(b"<< /Type /Catalog /OpenAction[1 0 R /XYZ null null 0] >>"))
        assert may_be_opened(pdf(b"<< /Type /Catalog /OpenAction<</S/URI>> >>")).code == "file_acts"

    def test_what_stands_in_a_stream_of_pretence_is_found(self) -> None:
        hidden = (
            b"<< /Type /Catalog % >>stream\n /AA << /O 3 0 R >> >> endobj 2 0 obj << /Length 2 >>stream\nxx\nendstream"
        )
        assert may_be_opened(pdf(hidden)).code == "file_acts"


class TestWhoWantsToKeepUsBusy:
    @pytest.mark.parametrize(
        "filling",
        [
            b"stream\n",
            b"1 0 obj ",
            b"1 0 obj<<>>stream\n",
            b"1 0 obj/First stream\n",
            b"1 0 obj/First/Filter/FlateDecode stream\n",
        ],
    )
    def test_is_soon_done_with(self, filling: bytes) -> None:
        began = time.process_time()
        may_be_opened(b"%PDF-1.7\n" + filling * (4_000_000 // len(filling)) + b"endstream %%EOF")
        assert time.process_time() - began < 5

    @given(
        st.lists(st.sampled_from([b"1 0 obj", b"stream\n", b"endstream", b"<< /First 1 /Filter /FlateDecode >>", b"x"]))
    )
    def test_never_breaks(self, words: list[bytes]) -> None:
        assert may_be_opened(b" ".join(words)).code in ("", "file_closed")
