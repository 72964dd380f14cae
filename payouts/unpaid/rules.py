"""Which sales a payee's unpaid money is of, on plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Earning:
    """What one release gave the payee, and by when its gateway wants it gone."""

    amount_minor: int
    must_leave_by: datetime


def oldest_deadline(earnings: Iterable[Earning], *, unpaid_minor: int) -> datetime | None:
    """By when the oldest of what is unpaid must leave. `earnings` come newest first, and are read as far as needed.

    What is paid, refunded or set off is always taken from the oldest: so the unpaid rest is of the newest releases that
    come to it. Their limits may differ by gateway, so that the earliest counts and not that of the oldest release. None
    where nothing was earned by sales: such money has no gateway that minds.
    """
    earliest: datetime | None = None
    left = unpaid_minor
    for each in earnings:
        if left <= 0:
            break
        left -= each.amount_minor
        if earliest is None or each.must_leave_by < earliest:
            earliest = each.must_leave_by
    return earliest
