"""Proves the books: every truth is one function, run in one read-only snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from config.ops.metrics import truth_broken
from payments.ledger.sealing import last_seal

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Truth:
    """What must hold, and the rows for which it does not (the first twenty, as text)."""

    name: str
    broken: tuple[str, ...]


# A truth is given the seal from which lines are summed (0: from the first line on) and returns what breaks it.
Check = Callable[[int], list[str]]


def check_books(*, full: bool = True) -> list[Truth]:
    """Every truth of routes.TRUTHS over one snapshot that reads only; nothing is repaired.

    `full` sums from the first line on and proves the seals too; otherwise sums start at the last sealed balance, and
    only what was booked since is read. Inside a caller's transaction that transaction is the snapshot.
    """
    checks: list[tuple[str, Check]] = [(path.rpartition(".")[2], import_string(path)) for path in settings.TRUTHS]
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        seal = 0 if full else last_seal()
        return [Truth(name=name.replace("_", " "), broken=tuple(check(seal))) for name, check in checks]


def prove(*, full: bool) -> list[Truth]:
    """`check_books`, and what it found is kept for the dashboard and the alarms, whoever had it proved."""
    truths = check_books(full=full)
    for truth in truths:
        truth_broken(truth.name, bool(truth.broken))
    return truths


def broken_truths() -> list[Truth]:
    """Only those that do not hold, from the first line on."""
    return [truth for truth in check_books() if truth.broken]


def rows(statement: str, parameters: dict[str, Any] | None = None) -> list[str]:
    """The rows of a truth's query, each as one line of text. A truth's query finds what breaks it."""
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT {SHOWN}", parameters or {})
        names = [column.name for column in cursor.description or ()]
        return [
            ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in cursor.fetchall()
        ]
