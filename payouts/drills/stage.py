"""Where the drill plays: the sandbox, who works, and what was injected, seen and found so far."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from payments.drills.hands import Hands
from payments.drills.stage import Say, Stalled
from payments.drills.workers import Workers
from payments.sandbox.control_client import Control
from payouts.payout.models import Payout


@dataclass(frozen=True, slots=True)
class End:
    """The sandbox's word for an account, a reason, and where a payout to it may stand at the end."""

    word: str
    reason: str
    ends: tuple[str, ...]


class Fate(Enum):
    """What becomes of a payout. What comes back is `returned` where we heard that it was paid, and `failed` where we
    did not."""

    PAID = End("", "", ("paid",))
    FAILED = End("failed", "bank_account_closed", ("failed",))
    REVERSED = End("reversed", "beneficiary_bank_offline", ("failed",))
    RETURNED = End("returned", "beneficiary_bank_rejected", ("returned", "failed"))

    @property
    def end(self) -> End:
        return self.value


@dataclass(slots=True)
class Due:
    """A payee of the drill, what they are owed, and their payout once it is frozen."""

    owner: str
    amount_minor: int
    fate: Fate
    payout_id: str = ""

    @property
    def payout(self) -> Payout:
        """As it stands now."""
        return Payout.objects.get(public_id=self.payout_id)

    def has_ended(self) -> bool:
        return bool(self.payout_id) and self.payout.status in self.fate.end.ends


@dataclass
class Stage:
    """One drill's."""

    control: Control
    hands: Hands
    workers: Workers
    chance: random.Random
    run: str
    number: int
    say: Say
    patient: bool = False
    injected: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)

    @contextmanager
    def fault(self, kind: str, *, told: str, **rule: Any) -> Iterator[int]:
        """Until the end of the block the sandbox has this fault; how often it struck is counted under `told`."""
        number = self.control.fault(kind, gateway="razorpay", **rule)
        try:
            yield number
        finally:
            self.injected[told] = self.injected.get(told, 0) + self.strikes(number)
            self.control.delete(f"faults/{number}")

    def strikes(self, fault: int) -> int:
        """How often a fault that is in force has struck."""
        return sum(each["hits"] for each in self.control.get("faults")["faults"] if each["id"] == fault)

    def wait(self, came: Callable[[], bool], what: str, *, within_s: float | None = None) -> None:
        """Waits until it came; raises Stalled."""
        if not self.hands.until(came, within_s=within_s):
            raise Stalled(f"{what}: did not happen")
