"""Runs an act in a transaction that is always rolled back, and tells what it would have written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Max, Model
from django.utils.module_loading import import_string

from config.audit.models import AuditEntry
from config.calls.barrier import network_barred
from config.kernel.bookline import BookLine
from config.outbox.models import OutboxJob

T = TypeVar("T")
STATEMENT_S = 10
LOCK_S = 2
SHOWN = 200


class InsideTransaction(RuntimeError):
    """A rehearsal inside somebody's transaction could not promise to leave nothing behind."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A status that would move, or another act that would be kept in the audit."""

    subject: str
    subject_id: str
    act: str
    origin: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rehearsed(Generic[T]):
    """What an act answered or raised, and what stood written when it did."""

    answer: T | None
    error: Exception | None
    moves: tuple[Moved, ...] = ()
    lines: tuple[BookLine, ...] = ()
    jobs: tuple[str, ...] = ()


class _Over(Exception):
    """Leaves the transaction the only way that rolls it back whatever happened in it."""


def rehearse(act: Callable[[], T]) -> Rehearsed[T]:
    """Calls `act` as if for good: over one snapshot, with every deferred constraint checked at the end, and with the
    outside barred. Nothing stays: no row, no lock, nothing that was to happen after the commit.

    An act that would wait for a lock for longer than two seconds, or read for longer than ten, is given up: what it
    raised is in the answer. Raises InsideTransaction.
    """
    if connection.in_atomic_block:
        raise InsideTransaction
    try:
        with network_barred(), transaction.atomic():
            raise _Over(_run(act))  # noqa: TRY301 - leaving by an error is what rolls back
    except _Over as over:
        rehearsed: Rehearsed[T] = over.args[0]
        return rehearsed
    except DatabaseError as error:
        # The database gave up in the middle: whatever was written by then cannot be read any more.
        return Rehearsed(answer=None, error=error)


def _run(act: Callable[[], T]) -> Rehearsed[T]:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'; SET LOCAL lock_timeout = '{LOCK_S}s'")
    mark, written = (import_string(settings.BOOKS_WITNESS[name]) for name in ("mark", "written"))
    marks = _last(AuditEntry), _last(OutboxJob), mark()
    answer, error = None, None
    try:
        answer = act()
    except DatabaseError:
        raise
    except Exception as raised:  # noqa: BLE001 - what the act raises is what we were asked to find out
        error = raised
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    # In one snapshot, every row above the marks is our own: nobody else's commit can be seen.
    return Rehearsed(
        answer=answer, error=error, moves=_moves(marks[0]), jobs=_jobs(marks[1]), lines=tuple(written(marks[2]))
    )


def _last(model: type[Model]) -> int:
    return int(model._base_manager.aggregate(last=Max("pk"))["last"] or 0)


def _moves(mark: int) -> tuple[Moved, ...]:
    entries = AuditEntry.objects.filter(pk__gt=mark).order_by("pk")[:SHOWN]
    return tuple(
        Moved(entry.subject_type, entry.subject_id, entry.act, entry.from_state, entry.to_state, entry.reason)
        for entry in entries
    )


def _jobs(mark: int) -> tuple[str, ...]:
    return tuple(str(job) for job in OutboxJob.objects.filter(pk__gt=mark).order_by("pk").defer("payload")[:SHOWN])
