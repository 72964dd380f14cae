"""Decisions about a gateway's health, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A breaker acts on what calls of the last minutes came to, and never on a handful.
WINDOW = timedelta(minutes=5)
MIN_CALLS = 5
FAILED_BPS = 5_000
# Half open, so many new payments may try; two that the gateway answers close it, one that fails opens it again. Where
# there are few customers, one answer is enough once nothing has failed for as long as the rest was.
PROBES = 5
PROBES_TO_CLOSE = 2
COOL_DOWN, LONGEST_COOL_DOWN = timedelta(minutes=1), timedelta(minutes=10)

# A gateway is silent when it says nothing for much longer than it usually does, and we found by asking what it should
# have told us.
MISSED_EVENTS = 3
SILENT_AFTER, LOUDEST_GAP = timedelta(minutes=10), timedelta(hours=6)
GAPS = 20
_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Calls:
    """What the calls of a stretch of time came to: answered (whatever the answer), and failed for technical reasons."""

    answered: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.answered + self.failed


def cool_down(openings: int) -> timedelta:
    """How long a breaker stays open before anybody tries again, after so many openings in a row."""
    times: int = 2 ** min(max(openings - 1, 0), 10)
    return min(COOL_DOWN * times, LONGEST_COOL_DOWN)


def next_status(*, status: str, since: datetime, calls: Calls, openings: int, at: datetime) -> str:
    """Where a breaker stands next. `calls` are those sent since `since`, when it came to `status`; while it is closed,
    within the window if that is shorter."""
    if status == "closed":
        is_bad = calls.total >= MIN_CALLS and calls.failed * 10_000 >= FAILED_BPS * calls.total
        return "open" if is_bad else "closed"
    if status == "open":
        return "half_open" if at - since >= cool_down(openings) else "open"
    if calls.failed:
        return "open"
    enough = PROBES_TO_CLOSE if at - since < cool_down(openings) else 1
    return "closed" if calls.answered >= enough else "half_open"


def usual_gap_s(*, known_s: float | None, elapsed_s: float, events: int) -> float | None:
    """The usual seconds between two events, with what the last stretch adds to it; no events add nothing."""
    if not events:
        return known_s
    gap_s = elapsed_s / events
    return gap_s if known_s is None else known_s + (gap_s - known_s) * _WEIGHT


def silence(usual_gap_s: float | None) -> timedelta:
    """How long a gateway may say nothing."""
    if usual_gap_s is None:
        return LOUDEST_GAP
    return min(max(timedelta(seconds=GAPS * usual_gap_s), SILENT_AFTER), LOUDEST_GAP)


def is_silent(*, last_event_at: datetime, usual_gap_s: float | None, missed: int, at: datetime) -> bool:
    """Whether a gateway has fallen silent. `missed`: events since its last one that we had to fetch ourselves."""
    return missed >= MISSED_EVENTS and at - last_event_at > silence(usual_gap_s)


def success_bps(*, succeeded: int, failed: int, at_least: int) -> int | None:
    """The share of attempts that succeeded; None where there were fewer than `at_least`."""
    total = succeeded + failed
    return None if total < at_least else succeeded * 10_000 // total
