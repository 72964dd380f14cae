"""Decisions about what payees owe us, on plain values."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.kernel.verdict import Verdict

# How old a debt may be before it is looked at with other eyes.
AGES = (timedelta(days=30), timedelta(days=60), timedelta(days=90))


def may_end(*, amount_minor: int, owed_minor: int) -> Verdict:
    """No more of a debt is repaid or written off than there is: what is above it would be nobody's."""
    if amount_minor <= 0:
        return Verdict.no("exceeds_debt", "an amount above zero")
    if amount_minor > owed_minor:
        return Verdict.no("exceeds_debt", "they owe less than that by now" if owed_minor else "they owe nothing")
    return Verdict.yes()


def age_band(owes_since: datetime, *, at: datetime) -> str:
    """`up to 30 days`, `30 to 60 days`, `60 to 90 days`, `over 90 days`."""
    age, low = at - owes_since, 0
    for limit in AGES:
        if age < limit:
            return f"{low} to {limit.days} days" if low else f"up to {limit.days} days"
        low = limit.days
    return f"over {low} days"
