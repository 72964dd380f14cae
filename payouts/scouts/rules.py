"""Decisions about referrals and bounties, on plain values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    """What a bounty is worth from an instant on, in minor units."""

    from_at: datetime
    amount_minor: int


def worth_minor(rates: Sequence[Rate], *, first_minor: int, at: datetime) -> int:
    """What a bounty is worth at `at`: the newest rate that has begun, `first_minor` before all of them."""
    begun = [rate for rate in rates if rate.from_at <= at]
    return max(begun, key=lambda rate: rate.from_at).amount_minor if begun else first_minor
