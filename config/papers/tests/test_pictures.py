"""A JPEG ends where its picture ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.papers.pictures import end_of_jpeg

START, END = b"\xff\xd8", b"\xff\xd9"


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd3\x56"
THUMBNAIL = segment(0xE1, b"Exif\x00\x00" + START + SCAN + END)
PICTURE = START + THUMBNAIL + SCAN + segment(0xC4, b"tables") + SCAN + END


class TestEndOfJpeg:
    @pytest.mark.parametrize("trailer", [b"", b"\x00" * 7, b"MotionPhoto_Data\x00\x00\x00\x18ftypmp42", END, PICTURE])
    def test_is_where_the_picture_ends(self, trailer: bytes) -> None:
        assert end_of_jpeg(PICTURE + trailer) == len(PICTURE)

    @pytest.mark.parametrize("missing", range(1, len(PICTURE)))
    def test_half_a_picture_has_none(self, missing: int) -> None:
        assert end_of_jpeg(PICTURE[:-missing]) == 0

    @pytest.mark.parametrize("content", [b"", START, START + END, START + THUMBNAIL + END, b"%PDF-" + PICTURE])
    def test_what_shows_no_picture_is_none(self, content: bytes) -> None:
        assert end_of_jpeg(content) == 0

    @given(st.binary(max_size=300))
    def test_never_breaks(self, content: bytes) -> None:
        assert 0 <= end_of_jpeg(START + content) <= len(content) + 2
