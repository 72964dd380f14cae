"""Decisions about reserves, on plain values in minor units of one currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from config.kernel.verdict import Verdict

WHOLE_BPS = 10_000
LONGEST_DAYS = 730


@dataclass(frozen=True, slots=True)
class Terms:
    """What is kept back of a payee: an amount that stays, and a share of each release for so many days."""

    fixed_minor: int = 0
    rolling_bps: int = 0
    rolling_days: int = 0

    @property
    def rolls_for(self) -> timedelta:
        return timedelta(days=self.rolling_days)


def may_set(terms: Terms) -> Verdict:
    """A share without days would be no reserve, and days without a share would be none either."""
    if terms.fixed_minor < 0:
        return Verdict.no("bad_reserve_terms", "an amount that is kept back is not below zero")
    if not 0 <= terms.rolling_bps <= WHOLE_BPS:
        return Verdict.no("bad_reserve_terms", "a share of a release is from 0 to 10,000 basis points")
    if not 0 <= terms.rolling_days <= LONGEST_DAYS:
        return Verdict.no("bad_reserve_terms", f"a share is kept for {LONGEST_DAYS} days at most")
    if bool(terms.rolling_bps) != bool(terms.rolling_days):
        return Verdict.no("bad_reserve_terms", "a share of releases and the days for which it is kept go together")
    return Verdict.yes()


@dataclass(frozen=True, slots=True)
class Kept:
    """What of one release is kept back: for the amount that stays, and for some days."""

    fixed_minor: int = 0
    rolling_minor: int = 0

    @property
    def minor(self) -> int:
        return self.fixed_minor + self.rolling_minor


def keep_of_release(*, earned_minor: int, owed_minor: int, reserve_minor: int, dated_minor: int, terms: Terms) -> Kept:
    """What of `earned_minor` is kept back: a share of it (floored), and what the amount that stays is short of.

    What the payee owes (`owed_minor`) is made good first: nobody saves with us while they owe us. `dated_minor` of the
    reserve belongs to earlier releases and to disputes, each until its day; the rest is of the amount that stays.
    """
    theirs = max(0, earned_minor - owed_minor)
    rolling = theirs * terms.rolling_bps // WHOLE_BPS
    short = max(0, terms.fixed_minor - max(0, reserve_minor - dated_minor))
    return Kept(fixed_minor=min(short, theirs - rolling), rolling_minor=rolling)


def surplus_minor(*, reserve_minor: int, level_minor: int) -> int:
    """What of a reserve nothing explains any more: it is the payee's."""
    return max(0, reserve_minor - level_minor)


def refill_minor(*, payable_minor: int, reserve_minor: int, level_minor: int, taken_minor: int | None = None) -> int:
    """What of that which is payable brings a reserve back to its level; no more than `taken_minor`, where it is known
    that only so much was taken from it: what terms ask for beyond that is kept of the next releases."""
    gap = max(0, level_minor - reserve_minor)
    return min(max(0, payable_minor), gap if taken_minor is None else min(gap, taken_minor))
