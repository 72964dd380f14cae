"""One field of any gateway's object: read as what it is, or refused by name and never by value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from config.calls import fields
from config.calls.failures import UnreadableObject


class TestNamed:
    @pytest.mark.parametrize(
        ("obj", "name"),
        [
            ({"object": "charge"}, "charge"), ({"entity": "payment"}, "payment"), ({}, "object"),
            ({"object": None}, "object"), ({"object": 7}, "object"), ({"object": "charge", "entity": "x"}, "charge"),
        ],
    )  # fmt: skip
    def test_is_the_kind_as_the_gateway_writes_it(self, obj: dict[str, Any], name: str) -> None:
        assert fields.named(obj) == name

    def test_what_cannot_be_read_is_named_without_its_value(self) -> None:
        error = fields.unreadable({"object": "charge", "email": "ann@example.com"}, "email")
        assert str(error) == "charge.email"


class TestWhatIsRead:
    @pytest.mark.parametrize(
        ("read", "value", "read_as"),
        [
            (fields.text, "ch_1", "ch_1"),
            (fields.text_or_empty, "ch_1", "ch_1"), (fields.text_or_empty, "", ""), (fields.text_or_empty, None, ""),
            (fields.whole, 0, 0), (fields.whole, -5, -5), (fields.whole, 2**63 - 1, 2**63 - 1),
            (fields.flag, True, True), (fields.flag, False, False),
            (fields.flag_or_false, None, False), (fields.flag_or_false, True, True),
            (fields.instant, 0, datetime(1970, 1, 1, tzinfo=UTC)),
            (fields.instant, 253_402_300_799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
            (fields.part, None, {}), (fields.part, {"a": 1}, {"a": 1}),
        ],
    )  # fmt: skip
    def test_is_the_value_itself(self, read: Callable[..., object], value: object, read_as: object) -> None:
        found = read({"object": "thing", "field": value}, "field")
        assert (found, type(found)) == (read_as, type(read_as))

    @pytest.mark.parametrize(
        ("read", "missing"), [(fields.text_or_empty, ""), (fields.flag_or_false, False), (fields.part, {})]
    )
    def test_what_may_be_missing_is_nothing(self, read: Callable[..., object], missing: object) -> None:
        assert read({}, "field") == missing

    @pytest.mark.parametrize(("obj", "number"), [({}, 9), ({"n": None}, 9), ({"n": 0}, 0), ({"n": 3}, 3)])
    def test_a_default_is_for_what_is_missing_alone(self, obj: dict[str, Any], number: int) -> None:
        assert fields.whole_or(obj, "n", 9) == number


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("read", "values"),
        [
            (fields.text, [None, "", 7, [], {}]),
            (fields.text_or_empty, [7, [], False]),
            (fields.whole, [None, 1.0, "1", True, 2**63, -(2**63)]),
            (fields.flag, [None, 0, 1, "true"]),
            (fields.flag_or_false, [0, "", []]),
            (fields.instant, [None, -1, 253_402_300_800, 1.5, "0"]),
            (fields.part, ["x", [], 7, False]),
        ],
    )
    def test_says_which_field_of_which_object(self, read: Callable[..., object], values: list[object]) -> None:
        for value in values:
            with pytest.raises(UnreadableObject, match=r"^thing\.field$"):
                read({"object": "thing", "field": value}, "field")

    @pytest.mark.parametrize("read", [fields.text, fields.whole, fields.flag, fields.instant])
    def test_what_must_be_there_is_missed(self, read: Callable[..., object]) -> None:
        with pytest.raises(UnreadableObject, match=r"^payment\.field$"):
            read({"entity": "payment"}, "field")

    @pytest.mark.parametrize("value", [1.0, "9", True])
    def test_a_default_hides_nothing_that_is_wrong(self, value: object) -> None:
        with pytest.raises(UnreadableObject):
            fields.whole_or({"n": value}, "n", 9)
