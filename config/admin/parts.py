"""What a detail page is made of: figures, facts and tables, each behind a permission of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from config.accounts.roles import may_for_everyone
from config.admin.bounded import alone
from config.admin.panel import Figure
from config.admin.show import NOTHING

# More rows than this are a list of their own.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Fact:
    """One named value; `hint` says what it means."""

    label: str
    value: Any
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A card of named values."""

    title: str
    facts: tuple[Fact, ...]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers at the top of the page: where the money is."""

    figures: tuple[Figure, ...]
    kind: str = field(default="figures", init=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name; numbers stand right."""

    label: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Related rows. `more_url` leads to all of them where only the first are shown."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    empty: str = "None."
    note: str = ""
    more_url: str = ""
    kind: str = field(default="table", init=False)

    @property
    def lines(self) -> Iterator[list[tuple[Column, Any]]]:
        """Each row as pairs of column and value, for a screen on which each value needs its name."""
        for row in self.rows:
            values = (NOTHING if value == "–" else value for value in row)
            yield list(zip(self.columns, values, strict=True))


@dataclass(frozen=True, slots=True)
class Failed:
    """A part that could not be shown."""

    title: str
    kind: str = field(default="failed", init=False)


Content = Facts | Figures | Table
Show = Callable[[Any, datetime], Content | None]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a detail page: the permission that it needs, and what shows it (None: nothing to show)."""

    code: str
    title: str
    show: Show


def part(code: str, title: str) -> Callable[[Show], Part]:
    """Makes a function `(row, at)` a part that only those see whose staff role has `code`."""

    def declare(show: Show) -> Part:
        return Part(code=code, title=title, show=show)

    return declare


def columns(*labels: str) -> tuple[Column, ...]:
    """Columns by their names; one that starts with `#` holds numbers."""
    return tuple(Column(label.removeprefix("#"), is_number=label.startswith("#")) for label in labels)


def parts_of(own: Sequence[Part], model: type[Model]) -> list[Part]:
    """A page's own parts, and those that the apps above add to it."""
    return [*own, *(import_string(path) for path in settings.ADMIN_PARTS.get(model._meta.label_lower, ()))]


def contents(parts: Sequence[Part], row: Model, *, user: Any, at: datetime) -> list[Content | Failed]:
    """What `user` may see of the row, with all figures first, in one. A part whose permission they lack is not even
    asked."""
    found: list[Content | Failed] = []
    figures: list[Figure] = []
    for each in parts:
        if not may_for_everyone(user, each.code):
            continue
        answer = alone(_ask, each, row, at, name=each.title)
        if answer is None:
            found.append(Failed(each.title))
        elif isinstance(answer[0], Figures):
            figures += answer[0].figures
        elif answer[0] is not None:
            found.append(answer[0])
    return [Figures(tuple(figures)), *found] if figures else found


def _ask(each: Part, row: Model, at: datetime) -> tuple[Content | None]:
    return (each.show(row, at),)
