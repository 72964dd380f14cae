"""What a JSON body may be."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from config.ops.parsers import (
    BodyTooLarge,
    BrokenText,
    NulCharacter,
    NumberOutOfRange,
    StrictJSONParser,
    refuse_unstorable,
)


def parse(raw: bytes) -> Any:
    return StrictJSONParser().parse(io.BytesIO(raw), "application/json; charset=utf-16", {"encoding": "utf-16"})


class TestStrictJSONParser:
    def test_reads_an_object_in_utf8_whatever_charset_is_claimed(self) -> None:
        assert parse('{"name": "Ж 🎫", "n": -9223372036854775808}'.encode()) == {"name": "Ж 🎫", "n": -(2**63)}

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b" ",
            b"null",
            b"[]",
            b"1",
            b"{",
            b"{}x",
            b"{'a': 1}",
            b'{"a": NaN}',
            b'{"a": -Infinity}',
            b'\xef\xbb\xbf{"a": 1}',
            '{"a": 1}'.encode("utf-16"),
            b'{"a": "\xff"}',
            b'{"a": ' + b"9" * 5000 + b"}",
            b"[" * 200_000,
            b'{"a":' * 40 + b"1" + b"}" * 40,
        ],
    )
    def test_refuses_what_is_none(self, raw: bytes) -> None:
        with pytest.raises(ParseError):
            parse(raw)

    def test_never_reads_more_than_the_limit(self, settings: Any) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        endless = io.BytesIO(b" " * 10_000)
        with pytest.raises(BodyTooLarge):
            StrictJSONParser().parse(endless)
        assert endless.tell() == 101

    def test_takes_exactly_the_limit(self, settings: Any) -> None:
        raw = b'{"a": 1}'
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(raw)
        assert parse(raw) == {"a": 1}


class TestRefuseUnstorable:
    @pytest.mark.parametrize(
        ("body", "error", "place"),
        [
            ({"a": "x\x00"}, NulCharacter, "a"),
            ({"a": [{"b": "\x00"}]}, NulCharacter, "a.0.b"),
            ({"\x00": 1}, NulCharacter, None),
            ({"a": "\ud800"}, BrokenText, "a"),
            ({"a": 2**63}, NumberOutOfRange, "a"),
            ({"a": {"b": [1, -(2**63) - 1]}}, NumberOutOfRange, "a.b.1"),
            ({"a": float("inf")}, NumberOutOfRange, "a"),
        ],
    )
    def test_names_the_place(self, body: Any, error: type[Exception], place: str | None) -> None:
        with pytest.raises(error) as refused:
            refuse_unstorable(body)
        assert refused.value.field == place  # type: ignore[attr-defined]

    @pytest.mark.parametrize("body", [{"a": True, "b": None, "c": 1.5, "d": 2**63 - 1, "e": ["", "ä"], "f": {}}, {}])
    def test_lets_the_rest_pass(self, body: Any) -> None:
        refuse_unstorable(body)

    @given(
        st.dictionaries(
            st.text(),
            st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5),
            max_size=3,
        )
    )
    def test_what_passes_is_what_a_database_can_hold(self, body: dict[str, Any]) -> None:
        try:
            refuse_unstorable(body)
        except (NulCharacter, BrokenText, NumberOutOfRange):
            return
        text = json.dumps(body, ensure_ascii=False, allow_nan=False)
        assert "\\u0000" not in text
        text.encode()
