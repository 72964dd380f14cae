"""Parameters, as JSON and as text, and what is refused of them."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.errors import RazorpayError
from payments.sandbox.razorpay.params import Params


class TestWhole:
    @pytest.mark.parametrize(("value", "found"), [(5, 5), ("5", 5), (None, None)])
    def test_of_a_body_or_a_query(self, value: Any, found: int | None) -> None:
        assert Params({"a": value}).whole("a") == found

    @pytest.mark.parametrize("value", [1.0, True, "1.0", "-1", "", [], "٣"])
    def test_anything_else_is_refused(self, value: Any) -> None:
        with pytest.raises(RazorpayError) as raised:
            Params({"a": value}).whole("a")
        assert raised.value.error["field"] == "a"

    def test_what_is_needed_is_missed(self) -> None:
        for read in (Params({}).needed_whole, Params({"a": ""}).needed_text):
            with pytest.raises(RazorpayError):
                read("a")


class TestFlag:
    @pytest.mark.parametrize(
        ("value", "found"), [(True, True), ("0", False), (1, True), ("false", False), (None, True)]
    )
    def test_in_every_way_of_writing_it(self, value: Any, found: bool) -> None:
        assert Params({"a": value}).flag("a", default=True) is found

    def test_anything_else_is_refused(self) -> None:
        with pytest.raises(RazorpayError):
            Params({"a": "maybe"}).flag("a", default=True)


class TestOthers:
    @pytest.mark.parametrize(
        ("name", "value"), [("text", 5), ("part", []), ("names", "x"), ("names", [1]), ("text", "x" * 300)]
    )
    def test_of_another_type_are_refused(self, name: str, value: Any) -> None:
        with pytest.raises(RazorpayError):
            getattr(Params({"a": value}), name)("a")

    def test_notes_are_texts_or_an_empty_list(self) -> None:
        assert Params({"notes": {"a": 1}}).notes() == {"a": "1"}
        assert Params({"notes": {}}).notes() == Params({}).notes() == []
        with pytest.raises(RazorpayError):
            Params({"notes": "text"}).notes()
