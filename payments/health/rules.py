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
# have told: of several events whatever their number says of its manner; of a single one, which may only be late, once
# it has been here for a while and the gateway quiet for longer than ever.
MISSED_EVENTS = 3
SILENT_AFTER, LOUDEST_GAP = timedelta(minutes=10), timedelta(hours=6)
GAPS = 20
_WEIGHT = 0.1
# With nothing missed it may be a quiet night, a feast, or a webhook that was switched off: only what is far beyond its
# longest pause is odd then, and only where nights and weekends are among the pauses that are known. A pause that was
# longest counts half as much a month later.
FAR_BEYOND, KNOWN_FOR = 3, timedelta(days=14)
HALF_LIFE = timedelta(days=30)


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


def longest_gap_s(*, known_s: float | None, seen_s: float | None, elapsed_s: float) -> float | None:
    """The longest pause between two events, with what was seen within the last stretch of so many seconds."""
    if known_s is None:
        return seen_s
    faded_s: float = known_s * 0.5 ** (max(elapsed_s, 0.0) / HALF_LIFE.total_seconds())
    return faded_s if seen_s is None else max(seen_s, faded_s)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a gateway tells us things: the usual and the longest pause between two events, and for how long we know."""

    usual_gap_s: float | None = None
    longest_gap_s: float | None = None
    known_for: timedelta = timedelta()

    @property
    def longest(self) -> timedelta:
        """It has said nothing for longer than ever when it was quiet for more."""
        known = LOUDEST_GAP if self.longest_gap_s is None else timedelta(seconds=self.longest_gap_s)
        return max(known, silence(self.usual_gap_s))


def is_silent(*, quiet: timedelta, manner: Manner, missed: int, missed_for: timedelta) -> bool:
    """Whether a gateway that told us nothing for so long has fallen silent. `missed`: events since its last one that
    we had to fetch ourselves, the first of them so long ago. One that never told us anything never falls silent by
    that alone."""
    if missed >= MISSED_EVENTS and quiet > silence(manner.usual_gap_s):
        return True
    if missed and missed_for > SILENT_AFTER and quiet > manner.longest:
        return True
    is_known = manner.longest_gap_s is not None and manner.known_for >= KNOWN_FOR
    return is_known and quiet > FAR_BEYOND * manner.longest and quiet > LOUDEST_GAP


def success_bps(*, succeeded: int, failed: int, at_least: int) -> int | None:
    """The share of attempts that succeeded; None where there were fewer than `at_least`."""
    total = succeeded + failed
    return None if total < at_least else succeeded * 10_000 // total
