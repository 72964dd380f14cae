"""The ladders are those of DESIGN L2, step by step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.kernel.backoff import ASKING, INBOX, OUTBOX, WAITING, Ladder

HOURS = [timedelta(hours=6)] * 12


def steps(ladder: Ladder) -> list[timedelta]:
    found: list[timedelta] = []
    while (delay := ladder.after(len(found) + 1)) is not None:
        found.append(delay)
    return found


class TestInbox:
    def test_1_s_5_s_30_s_2_min_10_min_1_h_then_6_hourly_to_72_h(self) -> None:
        quick = [timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2),
                 timedelta(minutes=10), timedelta(hours=1)]  # fmt: skip
        assert steps(INBOX) == quick + HOURS
        assert sum(HOURS, timedelta()) == timedelta(hours=72)


class TestOutbox:
    def test_5_10_20_40_80_minutes_and_then_dead(self) -> None:
        assert steps(OUTBOX) == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80)]

    def test_the_fifth_retry_is_the_last(self) -> None:
        """One run and five retries: the sixth failure finds no further step."""
        assert OUTBOX.after(5) is not None
        assert OUTBOX.after(6) is None


class TestAsking:
    def test_never_waits_less_the_later_it_is_and_ends_after_a_day(self) -> None:
        waits = steps(ASKING)
        assert waits == sorted(waits)
        assert timedelta(hours=24) < sum(waits, timedelta()) < timedelta(hours=36)


class TestWaiting:
    def test_within_a_day_four_times_then_daily_for_a_month(self) -> None:
        assert steps(WAITING) == [timedelta(hours=6)] * 4 + [timedelta(days=1)] * 30


class TestLadder:
    def test_knows_nothing_before_a_failure(self) -> None:
        with pytest.raises(ValueError, match="after a failure"):
            INBOX.after(0)

    def test_ends(self) -> None:
        assert Ladder(steps_s=()).after(1) is None
        assert Ladder(steps_s=(7,)).after(2) is None
        assert Ladder(steps_s=(7,)).after(10**6) is None
