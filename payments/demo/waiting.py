"""Waits for what the running site brings about while the demo is seeded."""

from __future__ import annotations

import time
from collections.abc import Callable

WITHIN_S = 20.0
Wait = Callable[[Callable[[], bool]], bool]


def until(condition: Callable[[], bool]) -> bool:
    """Whether it came about in time."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False
