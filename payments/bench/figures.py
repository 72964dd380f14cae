"""Numbers that were measured, what they must be, and how several of them become one. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number; with a bound it is a promise, without one it is told for information."""

    name: str
    value: float
    unit: str = ""
    digits: int = 0
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def is_promised(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def is_missed(self) -> bool:
        """A number that is none (nothing could be measured) keeps no promise."""
        if not self.is_promised:
            return False
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return not low <= self.value <= high


def percentile(ascending: Sequence[float], share: float) -> float:
    """The smallest value that `share` percent of the values do not exceed; 0 of none."""
    if not ascending:
        return 0.0
    return ascending[max(0, math.ceil(len(ascending) * share / 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle one; 0 of none."""
    return statistics.median(values) if values else 0.0


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours by theirs, run by run: what slowed one pair of runs slowed both of them."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """All values in ascending order, for the reader who wants to judge the median."""
    return " ".join(f"{value:.{digits}f}" for value in sorted(values))
