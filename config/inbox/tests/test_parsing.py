"""A body is a JSON object that we can store and read again, or it is said precisely why not."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.inbox.contract import Rejected
from config.inbox.parsing import MAX_DEPTH, parse_object, text_of

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def refusal(body: bytes) -> str:
    with pytest.raises(Rejected) as rejected:
        parse_object(body)
    return rejected.value.reason


def deep(depth: int) -> bytes:
    """An object in which the innermost list stands at `depth`."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


class TestParseObject:
    @given(st.dictionaries(TEXT, VALUES, max_size=5), st.booleans())
    def test_reads_every_object_that_can_be_stored(self, payload: dict[str, Any], plain: bool) -> None:
        assert parse_object(json.dumps(payload, ensure_ascii=plain).encode()) == payload

    @given(st.binary(max_size=200))
    def test_never_fails_otherwise_than_by_refusing(self, body: bytes) -> None:
        with suppress(Rejected):
            assert isinstance(parse_object(body), dict)

    @pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
    def test_what_python_calls_a_number_and_json_does_not_is_refused(self, number: bytes) -> None:
        assert refusal(b'{"amount": ' + number + b"}") == "not_json"

    def test_depth_counts_containers_and_not_characters(self) -> None:
        assert parse_object(deep(MAX_DEPTH))
        assert refusal(deep(MAX_DEPTH + 1)) == "nested_too_deeply"
        assert parse_object(json.dumps({"a": "[" * 1_000, "b": [[]] * 1_000}).encode())

    @pytest.mark.parametrize("depth", [1_000, 100_000, 500_000])
    @pytest.mark.parametrize("opening", [b"[", b'{"a":'])
    def test_absurd_depth_is_refused_and_not_a_crash(self, depth: int, opening: bytes) -> None:
        assert refusal(b'{"a":' + opening * depth) in ("nested_too_deeply", "not_json")

    @pytest.mark.parametrize(
        "text",
        [r'{"a": "\u0000"}', r'{"\u0000": 1}', r'{"a": [{"b": ["x\u0000y"]}]}', r'{"a": {"b": {"\u0000c": []}}}'],
    )
    def test_nul_is_found_wherever_it_hides(self, text: str) -> None:
        assert refusal(text.encode()) == "nul_character"

    @pytest.mark.parametrize("text", [r'{"a": "\\u0000"}', r'{"a": "u0000"}', r'{"\\\\u0000": 1}'])
    def test_what_only_looks_like_nul_is_text(self, text: str) -> None:
        assert parse_object(text.encode()) == json.loads(text)

    @pytest.mark.parametrize(
        "text", [r'{"a": "\ud83d"}', r'{"a": "\uDE00 x"}', r'{"\udfff": 1}', r'{"a": ["\uD83D\u0041"]}']
    )
    def test_half_a_character_is_refused(self, text: str) -> None:
        assert refusal(text.encode()) == "half_a_character"

    def test_a_whole_one_written_in_halves_is_read(self) -> None:
        assert parse_object(rb'{"a": "\ud83d\ude00"}') == {"a": "😀"}

    def test_the_last_of_two_members_of_one_name_counts(self) -> None:
        """Both are signed; what matters is that everybody who reads the body later reads the same one."""
        assert parse_object(b'{"a": 1, "a": 2}') == {"a": 2}


class TestTextOf:
    def test_is_the_member(self) -> None:
        assert text_of({"id": "evt_1"}, "id") == "evt_1"

    @pytest.mark.parametrize("value", [None, "", 5, True, [], {}, "x" * 256])
    def test_anything_else_is_refused_by_the_members_name(self, value: Any) -> None:
        with pytest.raises(Rejected, match="no_id"):
            text_of({"id": value}, "id")
        with pytest.raises(Rejected, match="no_type"):
            text_of({"id": value}, "type")

    def test_is_as_long_as_its_column_at_most(self) -> None:
        assert len(text_of({"id": "x" * 255}, "id")) == 255
        with pytest.raises(Rejected, match="no_type"):
            text_of({"type": "x" * 121}, "type", at_most=120)
