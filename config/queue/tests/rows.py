"""Rows of the outbox as the engine sees them, and what a test asks about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, models
from django.db.models.functions import Now

from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue.engine import Claim, Queue, claim

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
LANE = "outbox"
LISTENER = "somebody.listens"
_numbers = count(1)


def job(*, due: float = 0, **fields: Any) -> OutboxJob:
    """A job that is due `due` seconds after AT."""
    given = {
        "topic": "topic", "listener": LISTENER, "fact_key": f"fact {next(_numbers)}", "payload": {},
        "due_at": AT + timedelta(seconds=due), "created_at": AT, "lane": LANE,
    }  # fmt: skip
    return OutboxJob.objects.create(**{**given, **fields})


def jobs(number: int, **fields: Any) -> list[OutboxJob]:
    """Several, each due a moment after the one before."""
    return [job(due=-number + index, **fields) for index in range(number)]


def claimed(limit: int = 20, *, at: datetime = AT, queue: Queue = OUTBOX, lane: str = LANE) -> list[Claim]:
    return claim(queue, at=at, limit=limit, lane=lane)


def ids(rows: list[Claim]) -> list[int]:
    return [row.id for row in rows]


def end_leases(model: type[models.Model] = OutboxJob) -> None:
    """What time would do: every lease has run out, by the database's clock."""
    model._base_manager.filter(lease_until__isnull=False).update(lease_until=Now() - timedelta(seconds=1))


def fresh(row: OutboxJob) -> OutboxJob:
    return OutboxJob.objects.get(pk=row.pk)


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
        return found


@contextmanager
def without_skip_locked() -> Iterator[None]:
    """The negative control: the same claim, but it does not pass by what somebody else is taking."""

    def changed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return execute(sql.replace("FOR UPDATE SKIP LOCKED", ""), params, many, context)

    with connection.execute_wrapper(changed):
        yield
