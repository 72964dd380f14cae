"""Figures: medians, percentiles and what keeps a promise."""

from __future__ import annotations

import math

import pytest

from payments.bench.figures import Figure, median, percentile, ratios, spread


class TestFigure:
    @pytest.mark.parametrize(
        ("value", "low", "high", "missed"),
        [
            (0.7, 0.7, None, False),
            (0.699, 0.7, None, True),
            (2.0, None, 2.0, False),
            (2.01, None, 2.0, True),
            (0.0, None, None, False),
            (math.nan, 0.7, None, True),
            (math.nan, None, 2.0, True),
            (math.nan, None, None, False),
        ],
    )
    def test_is_missed_outside_its_bounds(
        self, value: float, low: float | None, high: float | None, missed: bool
    ) -> None:
        assert Figure(name="a", value=value, at_least=low, at_most=high).is_missed is missed

    def test_is_a_promise_only_with_a_bound(self) -> None:
        assert Figure(name="a", value=1, at_least=1).is_promised
        assert Figure(name="a", value=1, at_most=1).is_promised
        assert not Figure(name="a", value=1).is_promised


class TestPercentile:
    @pytest.mark.parametrize(("share", "found"), [(0, 1), (50, 5), (95, 10), (100, 10), (10, 1), (11, 2)])
    def test_is_the_smallest_value_that_so_many_do_not_exceed(self, share: float, found: float) -> None:
        assert percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share) == found

    def test_of_nothing_is_zero(self) -> None:
        assert percentile([], 95) == 0.0


class TestMedian:
    def test_is_the_middle_one(self) -> None:
        assert median([9, 1, 5]) == 5

    def test_of_nothing_is_zero(self) -> None:
        assert median([]) == 0.0


class TestRatios:
    def test_are_taken_run_by_run(self) -> None:
        assert ratios([70, 30], [100, 60]) == [0.7, 0.5]

    def test_refuses_runs_without_a_partner(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            ratios([1, 2], [1])


class TestSpread:
    def test_shows_every_value_in_order(self) -> None:
        assert spread([0.712, 0.698]) == "0.70 0.71"
        assert spread([1200.4, 900], 0) == "900 1200"
