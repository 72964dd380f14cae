"""What every drill has on its stage: the sandbox and its faults, who works, and what was injected and found so far."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from payments.drills.hands import Hands
from payments.drills.workers import Workers
from payments.sandbox.control_client import Control

Say = Callable[[str], None]


class Stalled(Exception):
    """What had to come did not; the message says what."""


@dataclass(kw_only=True)
class Scene:
    """One drill's. `patient` lets leases run out instead of ending them."""

    # Whose faults they are.
    gateway: ClassVar[str]

    control: Control
    hands: Hands
    workers: Workers
    chance: random.Random
    run: str
    say: Say
    patient: bool = False
    injected: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    broke_at: datetime | None = None

    @contextmanager
    def fault(self, kind: str, *, told: str, **rule: Any) -> Iterator[int]:
        """Until the end of the block the sandbox has this fault; how often it struck is counted under `told`."""
        number = self.control.fault(kind, gateway=self.gateway, **rule)
        self.broke_at = self.broke_at or self.hands.now()
        try:
            yield number
        finally:
            self.injected[told] = self.injected.get(told, 0) + self.strikes(number)
            self.control.delete(f"faults/{number}")

    def strikes(self, fault: int) -> int:
        """How often a fault that is in force has struck."""
        return sum(each["hits"] for each in self.control.get("faults")["faults"] if each["id"] == fault)

    def inject(self, told: str, times: int = 1) -> None:
        """Notes what was broken otherwise than by a fault of the sandbox."""
        self.broke_at = self.broke_at or self.hands.now()
        self.injected[told] = self.injected.get(told, 0) + times

    def wait(self, came: Callable[[], bool], what: str, *, within_s: float | None = None) -> None:
        """Waits until it came; raises Stalled."""
        if not self.hands.until(came, within_s=within_s):
            raise Stalled(f"{what}: did not happen")

    def note(self, text: str) -> None:
        """One line on how the system healed."""
        if text not in self.notes:
            self.notes.append(text)

    def problem(self, text: str) -> None:
        """One line on what is wrong at the end."""
        self.problems.append(text)
