"""Named places are silent in production, and call the hook of a test wherever they are reached."""

from __future__ import annotations

import threading

import pytest

from config.kernel.faultpoints import POINTS, armed, reached

POINT = "order.cancelled"


class TestReached:
    def test_nothing_happens_where_nothing_is_armed(self) -> None:
        for point in POINTS:
            reached(point)

    def test_calls_the_hook_with_its_name(self) -> None:
        seen: list[str] = []
        with armed(seen.append):
            reached(POINT)
        reached(POINT)
        assert seen == [POINT]

    def test_in_whatever_thread(self) -> None:
        seen: list[str] = []
        with armed(seen.append):
            thread = threading.Thread(target=reached, args=(POINT,))
            thread.start()
            thread.join()
        assert seen == [POINT]

    def test_what_the_hook_raises_goes_up(self) -> None:
        def die(point: str) -> None:
            raise SystemExit(point)

        with armed(die), pytest.raises(SystemExit, match=POINT):
            reached(POINT)


class TestArmed:
    def test_the_inner_one_counts_and_the_outer_one_comes_back(self) -> None:
        outer: list[str] = []
        inner: list[str] = []
        with armed(outer.append):
            with armed(inner.append):
                reached(POINT)
            reached(POINT)
        assert (outer, inner) == ([POINT], [POINT])

    def test_is_over_even_when_its_block_fails(self) -> None:
        seen: list[str] = []
        with pytest.raises(RuntimeError), armed(seen.append):
            raise RuntimeError
        reached(POINT)
        assert seen == []


class TestPoints:
    def test_say_what_has_happened_where(self) -> None:
        assert all(said and not said.endswith(".") for said in POINTS.values())
        assert all(point == point.lower() and "." in point for point in POINTS)
