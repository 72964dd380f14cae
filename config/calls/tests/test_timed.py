"""Every request is allowed first, and reported afterwards, however it went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from config.calls.barrier import NetworkBarred, network_barred
from config.calls.failures import GatewayMisconfigured, GatewayUnreachable
from config.calls.outcomes import Outcome
from config.calls.tests.observing import Seen
from config.calls.timed import Timed


@dataclass
class Given:
    outcome: object


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def timed(seen: Seen) -> Timed:
    return Timed("partner", observe=seen)


class TestCall:
    @pytest.mark.parametrize(
        ("result", "word"),
        [(Given(Outcome.UNKNOWN), "unknown"), (Given("whatever"), "answered"), (None, "answered"), ([], "answered")],
    )
    def test_reports_what_became_of_it(self, timed: Timed, seen: Seen, result: object, word: str) -> None:
        assert timed.call("do", lambda: result) is result
        assert seen.calls == [("partner", "do", word)]

    @pytest.mark.parametrize(
        ("error", "word"),
        [(GatewayMisconfigured(), "misconfigured"), (GatewayUnreachable(), "unreachable"), (KeyError(), "error")],
    )
    def test_reports_how_it_failed(self, timed: Timed, seen: Seen, error: Exception, word: str) -> None:
        def fail() -> None:
            raise error

        with pytest.raises(type(error)):
            timed.call("do", fail)
        assert seen.calls == [("partner", "do", word)]

    def test_is_not_made_while_the_network_is_barred(self, timed: Timed, seen: Seen) -> None:
        with network_barred(), pytest.raises(NetworkBarred, match=r"partner\.do"):
            timed.call("do", lambda: seen.calls.append(("", "", "reached")))
        assert seen.calls == []


class TestEach:
    def test_asks_again_before_every_object(self, timed: Timed, seen: Seen) -> None:
        items = timed.each("list", lambda: iter([1, 2]))
        assert next(items) == 1
        with network_barred(), pytest.raises(NetworkBarred):
            next(items)

    def test_reports_once_for_all_of_them(self, timed: Timed, seen: Seen) -> None:
        assert list(timed.each("list", lambda: iter([1, 2]))) == [1, 2]
        assert seen.calls == [("partner", "list", "answered")]

    def test_reports_a_list_that_breaks(self, timed: Timed, seen: Seen) -> None:
        def broken() -> Iterator[int]:
            yield 1
            raise GatewayUnreachable

        with pytest.raises(GatewayUnreachable):
            list(timed.each("list", broken))
        assert seen.calls == [("partner", "list", "unreachable")]
