"""When a payee is next looked at: midnights in UTC, whatever the hour, the month or the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payouts.payees.rules import next_due


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestDaily:
    @pytest.mark.parametrize(
        ("after", "due"),
        [
            ("2026-11-23T00:00:00", "2026-11-24"), ("2026-11-23T00:00:00.000001", "2026-11-24"),
            ("2026-11-23T23:59:59.999999", "2026-11-24"), ("2026-11-30T12:00:00", "2026-12-01"),
            ("2026-12-31T23:00:00", "2027-01-01"), ("2028-02-28T08:00:00", "2028-02-29"),
            ("2027-02-28T08:00:00", "2027-03-01"),
            # The clocks of Europe and of the United States change on these nights; ours do not.
            ("2026-10-25T00:30:00", "2026-10-26"), ("2027-03-28T01:30:00", "2027-03-29"),
            ("2026-11-01T06:30:00", "2026-11-02"),
        ],
    )  # fmt: skip
    def test_is_the_next_midnight(self, after: str, due: str) -> None:
        assert next_due(schedule="daily", weekday=3, after=at(after)) == at(due)


class TestWeekly:
    @pytest.mark.parametrize("weekday", range(7))
    @pytest.mark.parametrize("hour", [0, 23])
    def test_is_the_first_midnight_of_that_day_within_a_week(self, weekday: int, hour: int) -> None:
        for day in range(1, 15):
            after = datetime(2026, 12, 20, hour, 59, tzinfo=UTC) + timedelta(days=day)
            due = next_due(schedule="weekly", weekday=weekday, after=after)
            assert due is not None
            assert (due.weekday(), due.time().isoformat()) == (weekday, "00:00:00")
            assert timedelta() < due - after <= timedelta(days=7)

    def test_at_its_own_midnight_it_is_a_week_later(self) -> None:
        assert next_due(schedule="weekly", weekday=0, after=at("2026-11-23T00:00:00")) == at("2026-11-30")


def test_on_request_is_never() -> None:
    assert next_due(schedule="on_request", weekday=0, after=at("2026-11-23")) is None
