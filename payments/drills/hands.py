"""Waiting until something came: beside the installation's own workers, or by doing their work here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from config.calls.services import ask_due
from config.inbox.processor import process_inbox, unpark_due
from config.kernel import clock
from config.outbox.runner import LANES, run_outbox
from payments.health.services.measure import measure_gateways
from payments.sandbox.control_client import Control

POLL_S = 0.2
RUNNING_WITHIN_S = 300.0
PATIENT_WITHIN_S = 1_800.0
INLINE_WITHIN_S = 6 * 3_600.0
_SHORTEST, _LONGEST = timedelta(seconds=11), timedelta(minutes=20)


class Hands(Protocol):
    """Who works, and what time it is for them."""

    inline: bool

    def now(self) -> datetime:
        """This instant, as the workers see it."""
        ...

    def until(self, came: Callable[[], bool], *, within_s: float | None = None) -> bool:
        """Waits until `came()`; False when the time is over."""
        ...

    def rest(self, seconds: float) -> None:
        """Lets time pass while the workers work."""
        ...


@dataclass(slots=True)
class RunningHands:
    """The installation's own worker and beat do everything; here nothing is done but looking."""

    within_s: float = RUNNING_WITHIN_S
    inline: bool = False

    def now(self) -> datetime:
        return clock.now()

    def until(self, came: Callable[[], bool], *, within_s: float | None = None) -> bool:
        deadline = time.monotonic() + (within_s or self.within_s)
        while not came():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(slots=True)
class InlineHands:
    """Works the queues off here, on a clock that is moved on whenever there is nothing to do but wait."""

    control: Control
    within_s: float = INLINE_WITHIN_S
    inline: bool = True
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return clock.now() + self.ahead

    def until(self, came: Callable[[], bool], *, within_s: float | None = None) -> bool:
        began, step = self.now(), _SHORTEST
        limit = timedelta(seconds=within_s or self.within_s)
        while True:
            if self._webhooks_flow():
                self.control.settle_deliveries(timeout_s=5)
            turns = self._work()
            if came():
                return True
            if self.now() - began > limit:
                return False
            if turns:
                step = _SHORTEST
                continue
            self._pass(step)
            step = min(step * 2, _LONGEST)

    def rest(self, seconds: float) -> None:
        self._pass(timedelta(seconds=seconds))
        self._work()

    def _pass(self, step: timedelta) -> None:
        self.ahead += step
        if self._webhooks_flow():
            self.control.flush()  # the sandbox's own retries are due by then

    def _webhooks_flow(self) -> bool:
        return not self.control.get("")["paused"]

    def _work(self) -> int:
        measure_gateways(at=self.now())
        unpark_due(at=self.now())
        turns = process_inbox(now=self.now) + ask_due(now=self.now)
        return turns + sum(run_outbox(lane=lane, now=self.now) for lane in LANES)
