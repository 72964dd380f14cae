"""Paths and their calls."""

from __future__ import annotations

import pytest

from payments.sandbox.routing import find_route
from payments.sandbox.stripe.routes import ROUTES


class TestFindRoute:
    @pytest.mark.parametrize(
        ("method", "path", "handler", "ids"),
        [
            ("POST", "/v1/payment_intents", "create", ()),
            ("GET", "/v1/payment_intents/pi_1", "retrieve", ("pi_1",)),
            ("POST", "/v1/payment_intents/pi_1/confirm", "confirm", ("pi_1",)),
            ("GET", "/v1/checkout/sessions/cs_test_1/line_items", "line_items", ("cs_test_1",)),
            ("DELETE", "/v1/customers/cus_1", "delete", ("cus_1",)),
        ],
    )
    def test_finds_call_and_ids(self, method: str, path: str, handler: str, ids: tuple[str, ...]) -> None:
        found = find_route(ROUTES, method=method, path=path)
        assert found is not None
        assert (found[0].handler.__name__, found[1]) == (handler, ids)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/v1/payment_intents/"),
            ("GET", "/v1/payment_intents/pi_1/../x"),
            ("PUT", "/v1/payment_intents/pi_1"),
            ("GET", "/v2/payment_intents"),
            ("GET", "/v1/payment_intents/pi-1"),
        ],
    )
    def test_finds_nothing_else(self, method: str, path: str) -> None:
        assert find_route(ROUTES, method=method, path=path) is None

    def test_reading_never_takes_the_writer_s_turn(self) -> None:
        readers = [route for route in ROUTES if route.method == "GET" and route.writes]
        assert [route.handler.__module__ for route in readers] == ["payments.sandbox.stripe.payment_methods"]
        assert all(route.writes for route in ROUTES if route.method != "GET")

    def test_a_publishable_key_reaches_only_what_a_page_needs(self) -> None:
        open_ones = sorted((route.method, route.handler.__name__) for route in ROUTES if route.publishable)
        assert open_ones == [("GET", "retrieve")] * 2 + [("POST", "confirm")] * 2
