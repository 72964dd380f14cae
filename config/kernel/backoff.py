"""When a failed attempt is tried again, and when trying ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Ladder:
    """Delays after the 1st, 2nd, … failure; None once the last step is behind us."""

    steps_s: tuple[int, ...]

    def after(self, failures: int) -> timedelta | None:
        """The delay after `failures` (1 or more) failures in a row, or None when there is no further try."""
        if failures < 1:
            raise ValueError("a ladder is asked after a failure")
        return timedelta(seconds=self.steps_s[failures - 1]) if failures <= len(self.steps_s) else None


_HOUR = 3600
# 1 s, 5 s, 30 s, 2 min, 10 min, 1 h, then 6-hourly until 72 h have passed.
INBOX = Ladder(steps_s=(1, 5, 30, 120, 600, _HOUR, *(6 * _HOUR for _ in range(12))))
# A job runs once and is retried five times.
OUTBOX = Ladder(steps_s=(300, 600, 1200, 2400, 4800))
# How often an unknown outcome is asked about before a person is called.
ASKING = Ladder(steps_s=(10, 60, 300, 900, 1800, _HOUR, *(3 * _HOUR for _ in range(8))))
# How often an outcome that the other side has not decided is asked about, in case nobody tells us, before a person is
# called: within a day four times, then daily for a month.
WAITING = Ladder(steps_s=(*(6 * _HOUR for _ in range(4)), *(24 * _HOUR for _ in range(30))))
