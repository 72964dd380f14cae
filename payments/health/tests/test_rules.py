"""Breakers and silence, on plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payments.health.rules import (
    LONGEST_COOL_DOWN,
    LOUDEST_GAP,
    SILENT_AFTER,
    Calls,
    cool_down,
    is_silent,
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


class TestIsSilent:
    @pytest.mark.parametrize(
        ("gap_s", "allowed"),
        [(None, LOUDEST_GAP), (0.1, SILENT_AFTER), (60, timedelta(minutes=20)), (86_400, LOUDEST_GAP)],
    )
    def test_allows_many_usual_gaps_within_bounds(self, gap_s: float | None, allowed: timedelta) -> None:
        assert silence(gap_s) == allowed
        assert not is_silent(last_event_at=AT - allowed, usual_gap_s=gap_s, missed=9, at=AT)
        assert is_silent(last_event_at=AT - allowed - timedelta(seconds=1), usual_gap_s=gap_s, missed=9, at=AT)

    @pytest.mark.parametrize(("missed", "silent"), [(0, False), (2, False), (3, True)])
    def test_a_quiet_night_is_no_silence(self, missed: int, silent: bool) -> None:
        """Only what we had to fetch ourselves shows that it should have said something."""
        found = is_silent(last_event_at=AT - timedelta(days=3), usual_gap_s=1, missed=missed, at=AT)
        assert found is silent


class TestSuccessBps:
    def test_is_told_of_enough_attempts_only(self) -> None:
        assert success_bps(succeeded=19, failed=0, at_least=20) is None
        assert success_bps(succeeded=15, failed=5, at_least=20) == 7_500
        assert success_bps(succeeded=0, failed=0, at_least=1) is None
