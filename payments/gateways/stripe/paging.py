"""Walks Stripe's lists a page at a time, newest first as they come or oldest first as events must be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from config.calls.fields import JSON, text
from payments.gateways.failures import UnreadableObject

PAGE_SIZE: Final = 100  # the most that Stripe gives

FetchPage = Callable[[Mapping[str, Any]], JSON]


def newest_first(fetch: FetchPage, params: Mapping[str, Any]) -> Iterator[list[JSON]]:
    """The pages of a list from its newest object on. Holds one page at a time."""
    page = fetch({**params, "limit": PAGE_SIZE})
    while True:
        items = items_of(page)
        yield items
        if not items or page.get("has_more") is not True:
            return
        page = fetch({**params, "limit": PAGE_SIZE, "starting_after": text(items[-1], "id")})


def oldest_first(fetch: FetchPage, params: Mapping[str, Any]) -> Iterator[list[JSON]]:
    """The pages of a list from its oldest object on, each page oldest first. Holds one page at a time.

    Stripe only ever starts at the newest. So it walks down once, keeping nothing but the page it stands on, and then
    climbs up again from the bottom. What is created meanwhile comes last, as it should.
    """
    bottom: list[JSON] = []
    for page in newest_first(fetch, params):
        bottom = page or bottom
    while bottom:
        yield bottom[::-1]
        bottom = items_of(fetch({**params, "limit": PAGE_SIZE, "ending_before": text(bottom[0], "id")}))


def items_of(page: JSON) -> list[JSON]:
    """The objects of one page. Raises UnreadableObject."""
    items = page.get("data")
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise UnreadableObject("list.data")
    return items
