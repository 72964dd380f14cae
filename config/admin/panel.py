"""What providers hand to the dashboard: plain values, rendered by the operator site and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Tone(StrEnum):
    """How much a figure wants to be looked at."""

    NEUTRAL = "neutral"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name; `value` is ready to be read ("1,000+"), `url` leads to the rows behind it."""

    label: str
    value: str
    tone: Tone = Tone.NEUTRAL
    url: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A group of figures."""

    title: str
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that needs a person: what it is, why, where to act, since when."""

    label: str
    detail: str = ""
    url: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkList:
    """What needs a person: `count` of all of it ("12", "1,000+"), and the first few."""

    title: str
    count: str
    items: tuple[WorkItem, ...] = ()
    tone: Tone = Tone.NEUTRAL
    url: str = ""


# What routes.py names under DASHBOARD_PANELS and WORK_LISTS. They get the instant for which they answer.
PanelProvider = Callable[[datetime], Panel]
WorkListProvider = Callable[[datetime], WorkList]


def count_text(number: int, *, cap: int) -> str:
    """`number` for people, and "1,000+" where counting stopped at `cap`."""
    return f"{cap:,}+" if number >= cap else f"{number:,}"


def numbered(number: int, one: str) -> str:
    """`1 payout`, `1,000 payouts`; of nouns that take an s."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"
