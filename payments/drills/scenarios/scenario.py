"""What a scenario is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from payments.drills.stage import Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    """`play` breaks something while orders go their way, and waits until they have come to their ends."""

    title: str
    play: Callable[[Stage], None]
