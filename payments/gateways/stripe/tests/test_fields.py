"""Reading single fields, and naming the ones that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from config.calls import fields as plain
from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe import fields

GOOD = {
    "object": "thing",
    "id": "th_1",
    "name": "a name",
    "amount": 100,
    "currency": "inr",
    "at": 0,
    "on": True,
    "nothing": None,
    "inner": {"id": "in_1", "x": 1},
    "list": {"object": "list", "data": [{"id": "it_1"}]},
    "array": [{"id": "it_2"}],
    "metadata": {"payment": "pay_1", "odd": 7},
}


class TestReads:
    @pytest.mark.parametrize(
        ("read", "key", "value"),
        [
            (plain.text, "name", "a name"),
            (plain.text_or_empty, "nothing", ""),
            (plain.text_or_empty, "missing", ""),
            (plain.whole, "amount", 100),
            (plain.flag, "on", True),
            (plain.flag_or_false, "nothing", False),
            (plain.flag_or_false, "missing", False),
            (plain.instant, "at", datetime(1970, 1, 1, tzinfo=UTC)),
            (fields.money, "amount", Money(100, "INR")),
            (fields.id_of, "id", "th_1"),
            (fields.id_of, "inner", "in_1"),
            (fields.id_of, "nothing", ""),
            (plain.part, "nothing", {}),
            (plain.part, "missing", {}),
            (fields.expanded, "inner", {"id": "in_1", "x": 1}),
            (fields.expanded, "id", None),
            (fields.mark, "payment", "pay_1"),
            (fields.mark, "odd", ""),
            (fields.mark, "missing", ""),
        ],
    )
    def test_what_is_there(self, read: Callable[[Any, str], Any], key: str, value: object) -> None:
        assert read(GOOD, key) == value

    def test_a_default_for_what_is_missing_or_null(self) -> None:
        assert plain.whole_or(GOOD, "nothing", 5) == 5
        assert plain.whole_or(GOOD, "missing", 5) == 5
        assert plain.whole_or(GOOD, "amount", 5) == 100

    @pytest.mark.parametrize(
        ("key", "ids"), [("list", ["it_1"]), ("array", ["it_2"]), ("nothing", []), ("missing", [])]
    )
    def test_lists_of_both_forms(self, key: str, ids: list[str]) -> None:
        assert [item["id"] for item in fields.listed(GOOD, key)] == ids


REFUSED: list[tuple[Callable[[Any, str], Any], list[object]]] = [
    (plain.text, [None, "", 1, True, [], {}]),
    (plain.text_or_empty, [1, True, [], {}]),
    (plain.whole, [None, "1", 1.0, True, [], 2**63, -(2**63), 10**400]),
    (plain.flag, [None, "true", 1, 0]),
    (plain.flag_or_false, ["true", 1]),
    (plain.instant, [None, "0", -1, 10**12, 1.5]),
    (fields.id_of, [7, [], {}, {"id": ""}]),
    (plain.part, ["x", 1, []]),
    (fields.money, [None, 1.0, "100"]),
]


class TestRefuses:
    @pytest.mark.parametrize(("read", "value"), [(read, value) for read, values in REFUSED for value in values])
    def test_what_is_of_another_kind(self, read: Callable[[Any, str], Any], value: object) -> None:
        with pytest.raises(UnreadableObject):
            read({"object": "thing", "currency": "inr", "field": value}, "field")

    @pytest.mark.parametrize("value", ["x", 1, [1], {"data": "x"}, {"data": ["x"]}])
    def test_lists_of_anything_else(self, value: object) -> None:
        with pytest.raises(UnreadableObject):
            list(fields.listed({"object": "thing", "field": value}, "field"))

    def test_names_the_object_and_the_field_and_never_the_value(self) -> None:
        with pytest.raises(UnreadableObject) as raised:
            plain.whole({"object": "charge", "amount": "private@example.com"}, "amount")
        assert str(raised.value) == "charge.amount"

    @pytest.mark.parametrize("obj", [None, "x", 1, [], {}, {"object": "charge"}, {"object": 7}])
    def test_another_kind_of_object(self, obj: object) -> None:
        with pytest.raises(UnreadableObject):
            fields.a("refund", obj)
