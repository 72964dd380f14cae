"""What becomes of a call that changes something outside, and what proves that it never did: for every partner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a call. Only `NOT_EXECUTED` may be sent again; `UNKNOWN` is asked about."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Absence:
    """When not finding an object proves that it was never made: looked for in vain `times` times, the first `after`
    its request was last sent, and each `apart` from the one before."""

    after: timedelta
    times: int = 1
    apart: timedelta = timedelta()
