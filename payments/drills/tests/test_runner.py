"""Each scenario heals on a system that is well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from payments.drills.report import Result
from payments.drills.scenarios import SCENARIOS

pytestmark = pytest.mark.django_db(transaction=True)


class TestPlay:
    @pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"slow_gateway"}))
    def test_finds_nothing_wrong_where_nothing_is(self, played: Callable[..., Result], name: str) -> None:
        result = played(name)
        assert list(result.problems) == []
        assert result.injected

    @pytest.mark.usefixtures("impatient")
    def test_finds_nothing_wrong_where_the_gateway_is_slow(self, played: Callable[..., Result]) -> None:
        result = played("slow_gateway")
        assert list(result.problems) == []
        assert result.figures.calls_asked == 2

    def test_waits_for_a_breaker_that_a_storm_has_opened(self, played: Callable[..., Result]) -> None:
        result = played("storms", orders=6)
        assert list(result.problems) == []
        assert result.healed[0] == "the gateway's breaker opened, and closed again when it answered"
        assert "checkouts were told to come again" in result.healed[1]
        assert result.injected["refunding: 500 before anything was done, kept under the key"] == 2
        assert result.figures.seconds_to_heal > 600
