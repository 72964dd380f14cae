"""A path leads to its call and gives its ids, and to nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.routing import Route, find_route, pattern_of


def first(**_: Any) -> dict[str, Any]:
    return {}


def second(**_: Any) -> dict[str, Any]:
    return {}


ROUTES = (
    Route("GET", pattern_of("/things/{id}", ids="[a-z]{1,3}"), first),
    Route("GET", pattern_of("/things/{id}/parts/{id}", ids="[a-z]{1,3}"), second),
    Route("GET", pattern_of("/things/abc", ids="[a-z]{1,3}"), second),
)


class TestFindRoute:
    def test_gives_the_ids_in_their_order(self) -> None:
        found = find_route(ROUTES, method="GET", path="/things/abc/parts/de")
        assert found == (ROUTES[1], ("abc", "de"))

    def test_the_first_that_fits_answers(self) -> None:
        found = find_route(ROUTES, method="GET", path="/things/abc")
        assert found == (ROUTES[0], ("abc",))

    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", "/things/abc"), ("GET", "/things/abcd"), ("GET", "/things/a/"), ("GET", "/x/things/a"), ("GET", "")],
    )
    def test_nothing_else_fits(self, method: str, path: str) -> None:
        assert find_route(ROUTES, method=method, path=path) is None
