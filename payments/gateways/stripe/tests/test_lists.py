"""Searching Stripe's lists for an object that carries our marks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.calls.fields import JSON
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.stripe.lists import MOST_PAGES, StripeLists, carries, search
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.tests.scripted import error, scripted
from payments.gateways.tests.scripted import Reply

SINCE = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)


class Windows:
    """Answers each window of time with its own objects and remembers which were asked for."""

    def __init__(self, at_first: list[shapes.JSON], later: list[shapes.JSON]) -> None:
        self.at_first = at_first
        self.later = later
        self.asked: list[Mapping[str, int]] = []

    def __call__(self, params: Mapping[str, Any]) -> JSON:
        window = params["created"]
        self.asked.append(window)
        return shapes.page(*(self.at_first if "lt" in window else self.later))


STRANGER = shapes.intent(id="pi_stranger", metadata={})


class TestSearch:
    def test_looks_first_near_the_call(self) -> None:
        windows = Windows([STRANGER, shapes.intent()], [])
        assert search(windows, our_id="pay_one", call_id="call_one", since=SINCE) == "pi_one"
        [window] = windows.asked
        assert window == {
            "gte": int((SINCE - timedelta(minutes=2)).timestamp()),
            "lt": int((SINCE + timedelta(minutes=15)).timestamp()),
        }

    def test_then_in_all_that_followed(self) -> None:
        windows = Windows([STRANGER], [shapes.intent()])
        assert search(windows, our_id="pay_one", call_id="call_one", since=SINCE) == "pi_one"
        assert windows.asked[1] == {"gte": windows.asked[0]["lt"]}

    def test_nothing_is_nothing(self) -> None:
        assert search(Windows([STRANGER], [STRANGER]), our_id="pay_one", call_id="call_one", since=SINCE) == ""

    def test_does_not_say_there_is_none_before_it_has_seen_all(self) -> None:
        asked = 0

        def endless(params: Mapping[str, Any]) -> JSON:
            nonlocal asked
            del params
            asked += 1
            return shapes.page(shapes.intent(id=f"pi_{asked}", metadata={}), has_more=True)

        with pytest.raises(GatewayUnreachable):
            search(endless, our_id="pay_one", call_id="call_one", since=SINCE)
        assert asked == MOST_PAGES


class TestCarries:
    @pytest.mark.parametrize(
        ("metadata", "our_id", "call_id", "found"),
        [
            ({"payment": "pay_one", "call": "call_one"}, "pay_one", "call_one", True),
            ({"payment": "pay_one"}, "pay_one", "call_one", True),
            ({"call": "call_one"}, "pay_one", "call_one", True),
            ({"payment": "pay_two", "call": "call_two"}, "pay_one", "call_one", False),
            ({}, "pay_one", "call_one", False),
            ({}, "", "", False),
            ({"payment": "", "call": ""}, "", "", False),
        ],
    )
    def test_by_either_of_our_ids(self, metadata: dict[str, str], our_id: str, call_id: str, found: bool) -> None:
        assert carries(shapes.intent(metadata=metadata), our_id=our_id, call_id=call_id) is found


class TestStripeLists:
    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("sessions", "/v1/checkout/sessions"),
            ("intents", "/v1/payment_intents"),
            ("refunds", "/v1/refunds"),
            ("movements", "/v1/balance_transactions"),
            ("events", "/v1/events"),
        ],
    )
    def test_asks_for_its_own_list(self, name: str, path: str) -> None:
        with scripted(Reply(body=shapes.page(shapes.intent()))) as script:
            page = getattr(StripeLists(script.connection), name)({"limit": 3, "created": {"gte": 5}})
        assert page == shapes.page(shapes.intent())
        assert script.seen[0].path == path
        assert script.seen[0].query == {"limit": "3", "created[gte]": "5"}

    def test_a_list_of_an_object_that_is_not_there_is_empty(self) -> None:
        with scripted(error(404, "resource_missing")) as script:
            assert StripeLists(script.connection).refunds({"payment_intent": "pi_none"}) == {"data": []}
