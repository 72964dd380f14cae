"""Decides whether and when something that ended by itself is started again."""

from dataclasses import dataclass, field

ALLOWED, WINDOW_S = 5, 60.0
FIRST_PAUSE_S = 0.5


@dataclass(kw_only=True)
class Restarts:
    """The history of one process: five ends within a minute are forgiven, the sixth is not."""

    ended_at_s: list[float] = field(default_factory=list)

    def pause_after(self, *, now_s: float) -> float | None:
        """Count an end at `now_s` (monotonic clock); the seconds to wait before the next start, or None: give up."""
        self.ended_at_s = [*(at_s for at_s in self.ended_at_s if at_s > now_s - WINDOW_S), now_s]
        if len(self.ended_at_s) > ALLOWED:
            return None
        return FIRST_PAUSE_S * 2.0 ** (len(self.ended_at_s) - 1)
