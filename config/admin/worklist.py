"""What needs a person, as a list: how many, the first few, and how urgent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.ops.counting import capped

SHOWN, CAP = 10, 1_000


def work_list(
    title: str, rows: QuerySet[Any], item: Callable[[Any], WorkItem], *, url: str = "", tone: Tone = Tone.BAD
) -> WorkList:
    """Of `rows` the first few, each as `item` says it; counted up to a bound. Without any it is good."""
    return counted(title, capped(rows, cap=CAP), map(item, rows[:SHOWN]), url=url, tone=tone)


def counted(title: str, number: int, items: Iterable[WorkItem], *, url: str = "", tone: Tone = Tone.BAD) -> WorkList:
    """The same of what is no row, or was read before."""
    return WorkList(title, count_text(number, cap=CAP), tuple(items), tone if number else Tone.GOOD, url)
