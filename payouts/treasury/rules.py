"""Which movement of our bank a credit of a float is, on plain values."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

# Where both sides name it otherwise, the same amount is the same movement within so many days: banks and rails write
# references as they please.
ALIKE_WITHIN = timedelta(days=7)
# Transfers between banks arrive within hours, on every day.
ARRIVES_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Side(Generic[K]):
    """One side of a movement of one amount: as our bank sent it, or as it came to the float."""

    key: K
    reference: str
    at: datetime


def counterpart(one: Side[K], others: Iterable[Side[K]]) -> K | None:
    """The other side of `one` among those of the same float and amount: the one with its reference, else the nearest in
    time. None where there is none that could be it."""
    candidates = list(others)
    name = _letters(one.reference)
    named = [each for each in candidates if name and _letters(each.reference) == name]
    near = named or [each for each in candidates if abs(each.at - one.at) <= ALIKE_WITHIN]
    return min(near, key=lambda each: abs(each.at - one.at)).key if near else None


def _letters(reference: str) -> str:
    """Without what banks put between the letters and digits."""
    return "".join(each for each in reference.upper() if each.isalnum())
