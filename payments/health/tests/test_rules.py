"""Breakers and silence, on plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payments.health.rules import (
    HALF_LIFE,
    KNOWN_FOR,
    LONGEST_COOL_DOWN,
    LOUDEST_GAP,
    SILENT_AFTER,
    Calls,
    Manner,
    cool_down,
    is_silent,
    longest_gap_s,
    next_status,
    silence,
    success_bps,
    usual_gap_s,
)

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def after(status: str, calls: Calls, *, seconds: float = 1, openings: int = 1) -> str:
    return next_status(status=status, since=AT - timedelta(seconds=seconds), calls=calls, openings=openings, at=AT)


class TestNextStatus:
    @pytest.mark.parametrize(
        ("calls", "status"),
        [
            (Calls(), "closed"),
            (Calls(answered=0, failed=4), "closed"),  # a handful says nothing
            (Calls(answered=0, failed=5), "open"),
            (Calls(answered=3, failed=2), "closed"),
            (Calls(answered=5, failed=5), "open"),
            (Calls(answered=6, failed=5), "closed"),
            (Calls(answered=1_000, failed=0), "closed"),
        ],
    )
    def test_opens_when_half_of_several_calls_fail(self, calls: Calls, status: str) -> None:
        assert after("closed", calls) == status

    @pytest.mark.parametrize(("openings", "seconds"), [(1, 60), (2, 120), (3, 240), (5, 600), (50, 600)])
    def test_lets_somebody_try_after_a_rest_that_grows(self, openings: int, seconds: float) -> None:
        assert after("open", Calls(), seconds=seconds - 1, openings=openings) == "open"
        assert after("open", Calls(), seconds=seconds, openings=openings) == "half_open"

    @pytest.mark.parametrize(
        ("calls", "status"),
        [
            (Calls(), "half_open"),
            (Calls(answered=1), "half_open"),
            (Calls(answered=2), "closed"),
            (Calls(answered=4, failed=1), "open"),
        ],
    )
    def test_half_open_it_is_closed_by_answers_and_opened_by_one_failure(self, calls: Calls, status: str) -> None:
        assert after("half_open", calls) == status

    @pytest.mark.parametrize(
        ("calls", "status"),
        [(Calls(), "half_open"), (Calls(answered=1), "closed"), (Calls(answered=1, failed=1), "open")],
    )
    def test_where_few_come_one_answer_is_enough_after_a_while(self, calls: Calls, status: str) -> None:
        assert after("half_open", calls, seconds=239, openings=3) == ("open" if calls.failed else "half_open")
        assert after("half_open", calls, seconds=240, openings=3) == status


class TestCoolDown:
    def test_never_gets_longer_than_ten_minutes(self) -> None:
        assert max(cool_down(openings) for openings in range(100)) == LONGEST_COOL_DOWN


class TestUsualGap:
    def test_begins_with_the_first_stretch(self) -> None:
        assert usual_gap_s(known_s=None, elapsed_s=60, events=6) == 10

    def test_follows_slowly(self) -> None:
        assert usual_gap_s(known_s=10, elapsed_s=60, events=1) == 15

    def test_stays_where_nothing_came(self) -> None:
        assert usual_gap_s(known_s=10, elapsed_s=6_000, events=0) == 10
        assert usual_gap_s(known_s=None, elapsed_s=6_000, events=0) is None


class TestLongestGap:
    def test_begins_with_what_was_seen(self) -> None:
        assert longest_gap_s(known_s=None, seen_s=None, elapsed_s=60) is None
        assert longest_gap_s(known_s=None, seen_s=50, elapsed_s=60) == 50

    def test_is_the_longest_and_fades_by_half_a_month(self) -> None:
        month_s = HALF_LIFE.total_seconds()
        assert longest_gap_s(known_s=800, seen_s=50, elapsed_s=0) == 800
        assert longest_gap_s(known_s=800, seen_s=50, elapsed_s=month_s) == 400
        assert longest_gap_s(known_s=800, seen_s=900, elapsed_s=month_s) == 900
        assert longest_gap_s(known_s=800, seen_s=None, elapsed_s=2 * month_s) == 200


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def silent(
    quiet: timedelta, *, missed: int = 0, missed_for: timedelta = timedelta(0), gap_s: float | None = None,
    longest: timedelta | None = None, known_for: timedelta = timedelta(0),
) -> bool:  # fmt: skip
    longest_s = longest.total_seconds() if longest is not None else None
    manner = Manner(usual_gap_s=gap_s, longest_gap_s=longest_s, known_for=known_for)
    return is_silent(quiet=quiet, manner=manner, missed=missed, missed_for=missed_for)


class TestIsSilent:
    @pytest.mark.parametrize(
        ("gap_s", "allowed"),
        [(None, LOUDEST_GAP), (0.1, SILENT_AFTER), (60, timedelta(minutes=20)), (86_400, LOUDEST_GAP)],
    )
    def test_allows_many_usual_gaps_within_bounds(self, gap_s: float | None, allowed: timedelta) -> None:
        assert silence(gap_s) == allowed
        assert not silent(allowed, gap_s=gap_s, missed=9)
        assert silent(allowed + timedelta(seconds=1), gap_s=gap_s, missed=9)

    @pytest.mark.parametrize(("missed", "expected"), [(0, False), (2, False), (3, True)])
    def test_a_quiet_night_is_no_silence(self, missed: int, expected: bool) -> None:
        """Only what we had to fetch ourselves shows that it should have said something."""
        found = silent(9 * HOUR, gap_s=1, longest=10 * HOUR, missed=missed, missed_for=HOUR, known_for=KNOWN_FOR)
        assert found is expected

    @pytest.mark.parametrize(
        ("quiet", "missed_for", "expected"),
        [
            (10 * HOUR, HOUR, False),  # no longer than it was before
            (10 * HOUR + MINUTE, HOUR, True),
            (10 * HOUR + MINUTE, SILENT_AFTER, False),  # it may only be late
            (10 * HOUR + MINUTE, SILENT_AFTER + MINUTE, True),
        ],
    )
    def test_one_that_was_missed_is_enough_when_it_was_quiet_for_longer_than_ever(
        self, quiet: timedelta, missed_for: timedelta, expected: bool
    ) -> None:
        assert silent(quiet, gap_s=1, longest=10 * HOUR, missed=1, missed_for=missed_for) is expected

    def test_one_that_was_missed_of_who_never_told_anything_is_enough_after_hours(self) -> None:
        assert not silent(LOUDEST_GAP, missed=1, missed_for=HOUR)
        assert silent(LOUDEST_GAP + MINUTE, missed=1, missed_for=HOUR)

    @pytest.mark.parametrize(
        ("quiet", "longest", "known_for", "expected"),
        [
            (30 * HOUR, 10 * HOUR, KNOWN_FOR, False),  # a feast
            (30 * HOUR + MINUTE, 10 * HOUR, KNOWN_FOR, True),
            (30 * HOUR + MINUTE, 10 * HOUR, KNOWN_FOR - MINUTE, False),  # no weekend is known yet
            (LOUDEST_GAP, MINUTE, KNOWN_FOR, False),
            (LOUDEST_GAP + MINUTE, MINUTE, KNOWN_FOR, True),  # of who always talks
            (timedelta(days=400), None, timedelta(0), False),  # of who never did
        ],
    )
    def test_with_nothing_missed_only_what_is_far_beyond_its_manner(
        self, quiet: timedelta, longest: timedelta | None, known_for: timedelta, expected: bool
    ) -> None:
        assert silent(quiet, longest=longest, known_for=known_for, gap_s=1 if longest else None) is expected


class TestSuccessBps:
    def test_is_told_of_enough_attempts_only(self) -> None:
        assert success_bps(succeeded=19, failed=0, at_least=20) is None
        assert success_bps(succeeded=15, failed=5, at_least=20) == 7_500
        assert success_bps(succeeded=0, failed=0, at_least=1) is None
