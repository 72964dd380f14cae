"""Which sales unpaid money is of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from payouts.unpaid.rules import Earning, oldest_deadline

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def _earned(*pairs: tuple[int, int]) -> list[Earning]:
    """(amount, days until it must leave), newest first."""
    return [Earning(amount, DAY + timedelta(days=days)) for amount, days in pairs]


class TestOldestDeadline:
    @pytest.mark.parametrize(
        ("unpaid_minor", "days"),
        [(1, 90), (100, 90), (101, 60), (300, 60), (301, 30), (9_999, 30)],
    )
    def test_is_of_the_newest_that_come_to_it(self, unpaid_minor: int, days: int) -> None:
        earned = _earned((100, 90), (200, 60), (50, 30))
        assert oldest_deadline(earned, unpaid_minor=unpaid_minor) == DAY + timedelta(days=days)

    def test_a_shorter_limit_of_a_newer_sale_counts(self) -> None:
        assert oldest_deadline(_earned((100, 10), (100, 60)), unpaid_minor=200) == DAY + timedelta(days=10)

    @pytest.mark.parametrize("unpaid_minor", [0, -5])
    def test_nothing_unpaid_has_none(self, unpaid_minor: int) -> None:
        assert oldest_deadline(_earned((100, 10)), unpaid_minor=unpaid_minor) is None

    def test_money_of_no_sale_has_none(self) -> None:
        assert oldest_deadline([], unpaid_minor=500) is None

    def test_reads_no_more_than_it_needs(self) -> None:
        def endless() -> Iterator[Earning]:
            while True:
                yield Earning(10, DAY)

        assert oldest_deadline(endless(), unpaid_minor=35) == DAY
