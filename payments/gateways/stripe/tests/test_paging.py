"""Walking lists in both directions, against a list that behaves as Stripe's do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from config.calls.fields import JSON
from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe import paging
from payments.gateways.stripe.paging import newest_first, oldest_first


class List:
    """`count` objects, the highest number the newest; more may be added while it is walked."""

    def __init__(self, count: int) -> None:
        self.numbers = list(range(count))
        self.asked: list[dict[str, Any]] = []

    def __call__(self, params: Mapping[str, Any]) -> JSON:
        self.asked.append(dict(params))
        newest = self.numbers[::-1]
        limit = params["limit"]
        if "starting_after" in params:
            rest = newest[newest.index(int(params["starting_after"][3:])) + 1 :]
            taken, more = rest[:limit], len(rest) > limit
        elif "ending_before" in params:
            rest = newest[: newest.index(int(params["ending_before"][3:]))]
            taken, more = rest[-limit:], len(rest) > limit
        else:
            taken, more = newest[:limit], len(newest) > limit
        return {"object": "list", "data": [{"id": f"ob_{number}"} for number in taken], "has_more": more}


def numbers(pages: Any) -> list[int]:
    return [int(item["id"][3:]) for page in pages for item in page]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
class TestWalks:
    def test_newest_first(self, count: int) -> None:
        assert numbers(newest_first(List(count), {})) == list(range(count))[::-1]

    def test_oldest_first(self, count: int) -> None:
        assert numbers(oldest_first(List(count), {})) == list(range(count))


class TestManners:
    def test_pages_are_as_large_as_they_may_be_and_keep_their_filter(self) -> None:
        listed = List(250)
        numbers(oldest_first(listed, {"created": {"gte": 5}}))
        assert {asked["limit"] for asked in listed.asked} == {100}
        assert all(asked["created"] == {"gte": 5} for asked in listed.asked)

    def test_stops_where_the_list_stops(self) -> None:
        listed = List(100)
        numbers(newest_first(listed, {}))
        assert len(listed.asked) == 1

    def test_holds_one_page_at_a_time(self) -> None:
        walk = newest_first(List(250), {})
        assert [len(page) for page in walk] == [100, 100, 50]

    def test_what_is_created_meanwhile_comes_last(self) -> None:
        listed = List(150)
        walk = oldest_first(listed, {})
        first = next(walk)
        listed.numbers.append(150)
        assert numbers([first, *walk]) == list(range(151))

    def test_asks_only_when_it_is_read(self) -> None:
        listed = List(5)
        oldest_first(listed, {})
        assert listed.asked == []


class TestItemsOf:
    @pytest.mark.parametrize("page", [{}, {"data": None}, {"data": "x"}, {"data": ["x"]}, {"data": {"id": "x"}}])
    def test_anything_else_is_unreadable(self, page: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            paging.items_of(page)
