"""Notes, entities and collections."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.failures import UnreadableObject
from payments.gateways.razorpay.fields import a, items_of, mark


class TestMark:
    @pytest.mark.parametrize("notes", [[], None, "a text", {"payment": 7}, {}])
    def test_of_no_notes_is_empty(self, notes: Any) -> None:
        assert mark({"notes": notes}, "payment") == ""

    def test_is_read_of_the_notes(self) -> None:
        assert mark({"notes": {"payment": "pay_1"}}, "payment") == "pay_1"


class TestA:
    @pytest.mark.parametrize("obj", [None, [], "order", {"entity": "payment"}, {}])
    def test_what_is_none_is_unreadable(self, obj: Any) -> None:
        with pytest.raises(UnreadableObject):
            a("order", obj)


class TestItems:
    @pytest.mark.parametrize("page", [{}, {"items": None}, {"items": {}}, {"items": [1]}])
    def test_of_no_collection_are_unreadable(self, page: Any) -> None:
        with pytest.raises(UnreadableObject):
            items_of(page)
