"""Where the drill of payouts plays: a scene with those who are owed something, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from payments.drills.scene import Scene
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


@dataclass(kw_only=True)
class Stage(Scene):
    """One drill's. `number` is how many payouts it makes."""

    gateway = "razorpay"

    number: int
    dues: list[Due] = field(default_factory=list)
