"""Decisions about referrals and bounties, on plain values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.kernel.verdict import Verdict

# Nobody mistakes one of these for another one, however a code is told.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8


class Turn(StrEnum):
    """What becomes of a bounty now."""

    KEEP = "keep"
    MATURE = "mature"
    REVERSE = "reverse"


def may_refer(*, is_active: bool, scout: str, recruit: str, above_scout: Collection[str]) -> Verdict:
    """Whether this scout may have brought this person. `above_scout` are those who brought the scout, and those who
    brought them, all the way up."""
    if not is_active:
        return Verdict.no("referral_code_unknown", "there is no such code")
    if scout == recruit:
        return Verdict.no("referral_of_oneself", "nobody brings themselves")
    if recruit in above_scout:
        return Verdict.no("referral_loop", "this person brought the scout, or who brought them")
    return Verdict.yes()


@dataclass(frozen=True, slots=True)
class Sale:
    """What of an order decides about bounties."""

    status: str
    is_given_back: bool  # nothing of its money is left, or it was cancelled


def turn(bounty_status: str, sale: Sale, *, part_is_off: bool = False) -> Turn:
    """What becomes of a bounty, by where its order stands alone: whatever is told twice or late comes to the same. One
    that was taken back is not given again. `part_is_off`: the seller's part with the
    listing was cancelled, or all of it given back."""
    if bounty_status == "reversed":
        return Turn.KEEP
    if sale.is_given_back or part_is_off:
        return Turn.REVERSE
    if sale.status == "completed" and bounty_status == "accrued":
        return Turn.MATURE
    return Turn.KEEP


def earns(*, referred_at: datetime, paid_at: datetime, buyer: str, scout: str, seller: str = "") -> bool:
    """Whether a paid order earns a scout something: what their recruit did after they were brought, and not where the
    scout buys themselves, or a seller buys from themselves."""
    return paid_at >= referred_at and buyer != scout and (not seller or buyer != seller)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bounty is worth from an instant on, and the least sale that earns one, in minor units."""

    from_at: datetime | None  # None: the setting's, before all of them
    amount_minor: int
    least_sale_minor: int

    def bounty_minor(self, sale_minor: int) -> int:
        """What a sale of so much earns: a first order by its total, a listing by what was paid for it."""
        return self.amount_minor if sale_minor >= self.least_sale_minor else 0
