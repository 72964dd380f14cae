"""Claims due rows, fences their outcome by token, and decides when they are due again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from config.kernel.backoff import Ladder
from config.queue.models import Pause

BATCH = 20
LOST_LEASES_LIMIT = 3


class LeaseLost(Exception):
    """Somebody else holds the row now: everything of this attempt must roll back."""


@dataclass(frozen=True)
class Queue:
    """A table whose rows are work items. `lease_s` is longer than any job's hard limit, so there are no heartbeats."""

    name: str
    model: type[models.Model]
    kinds: tuple[str, ...]  # SQL over q: the names by which a row can be paused
    ladder: Ladder
    lease_s: int
    columns: tuple[str, ...] = ()  # what a claim brings along, so that working the row needs no second read
    lane_column: str = ""
    ordered: bool = False
    given_up: Callable[[int, datetime], None] | None = None  # what follows, in the same commit, when a row is dead

    @property
    def table(self) -> str:
        return self.model._meta.db_table


# No earlier row with the same key is still to be done, and none is in work (an earlier one that was dead and has been
# revived must not overtake the later one that runs).
_FIRST_OF_ITS_KEY = (
    "(q.ordering_key = '' OR NOT EXISTS (SELECT 1 FROM {table} e WHERE e.ordering_key = q.ordering_key"
    " AND e.state = 'due' AND e.ordering_key <> '' AND (e.id < q.id OR (e.id > q.id AND e.lease_until > now()))))"
)


@dataclass(frozen=True)
class Claim:
    """A leased row: whose turn it is, until when by the database's clock, and what was known when it was claimed."""

    id: int
    token: uuid.UUID
    attempts: int
    lost_leases: int
    due_at: datetime
    values: tuple[Any, ...] = ()


def claim(
    queue: Queue, *, at: datetime, limit: int = BATCH, lane: str = "", since: datetime | None = None
) -> list[Claim]:
    """Leases up to `limit` rows due at `at`, oldest first, and commits. With `since` it does not look at older ones.

    A row whose lease was lost before is leased alone, so that what kills its worker takes no other row with it. Lost
    three times without an outcome, it is quarantined as dead, so that it cannot do so for ever.
    """
    while True:
        turn, later = _apart(_lease(queue, at=at, limit=limit, lane=lane, since=since))
        release(queue, later)
        if not turn or turn[0].lost_leases < LOST_LEASES_LIMIT:
            return turn
        give_up(queue, turn[0], at=at, code="poison", error="its worker died three times while working on it")


def _apart(rows: list[Claim]) -> tuple[list[Claim], list[Claim]]:
    """(the rows to work now, the rows to give back): the first row alone if its lease was lost before, else all rows
    up to the first such one."""
    cut = next((index for index, row in enumerate(rows) if row.lost_leases), len(rows))
    return (rows[:1], rows[1:]) if cut == 0 else (rows[:cut], rows[cut:])


def _lease(queue: Queue, *, at: datetime, limit: int, lane: str, since: datetime | None) -> list[Claim]:
    """The one statement of a claim: only it decides who has a row."""
    paused = list(Pause.objects.filter(queue=queue.name).values_list("kind", flat=True))
    conditions = ["q.state = 'due'", "q.due_at <= %(at)s", "(q.lease_until IS NULL OR q.lease_until <= now())"]
    if since is not None:
        conditions.append("q.due_at >= %(since)s")
    if queue.lane_column:
        conditions.append(f"q.{queue.lane_column} = %(lane)s")
    if paused:
        conditions.extend(f"{kind} <> ALL(%(paused)s)" for kind in queue.kinds)
    if queue.ordered:
        conditions.append(_FIRST_OF_ITS_KEY.format(table=queue.table))
    brought = "".join(f", q.{name}" for name in queue.columns)
    statement = f"""
        WITH due AS MATERIALIZED (
            SELECT q.id FROM {queue.table} q WHERE {" AND ".join(conditions)}
             ORDER BY q.due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        )
        UPDATE {queue.table} q
           SET attempts = q.attempts + 1,
               lost_leases = q.lost_leases + (q.lease_token IS NOT NULL)::int,
               lease_token = gen_random_uuid(),
               lease_until = now() + %(lease)s
          FROM due WHERE q.id = due.id
        RETURNING q.id, q.lease_token, q.attempts, q.lost_leases, q.due_at{brought}
    """  # noqa: S608 - table and column names are our own constants
    parameters: dict[str, Any] = {
        "at": at,
        "since": since,
        "lane": lane,
        "paused": paused,
        "limit": limit,
        "lease": timedelta(seconds=queue.lease_s),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = sorted(cursor.fetchall(), key=lambda row: (row[4], row[0]))
    return [Claim(row[0], row[1], row[2], row[3], row[4], tuple(row[5:])) for row in rows]


def renew(queue: Queue, row: Claim) -> bool:
    """Starts the row's lease anew, just before its turn. False when it was lost meanwhile."""
    parameters: list[Any] = [timedelta(seconds=queue.lease_s), row.id, row.token]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {queue.table} SET lease_until = now() + %s"  # noqa: S608
            " WHERE id = %s AND lease_token = %s AND state = 'due'",
            parameters,
        )
        return bool(cursor.rowcount == 1)


def stamp(
    queue: Queue,
    row: Claim,
    *,
    state: str,
    due_at: datetime | None = None,
    code: str = "",
    error: str = "",
    attempts: int | None = None,
    **columns: Any,
) -> None:
    """Writes the outcome under the token's fence and gives the lease back. Raises LeaseLost when the row is not ours
    any more; inside a transaction that rolls the effects back with it."""
    changes: dict[str, Any] = {
        "state": state,
        "lease_token": None,
        "lease_until": None,
        "lost_leases": 0,
        "last_error_code": _storable(code)[:80],
        "last_error": _storable(error)[:2000],
        **columns,
    }
    if due_at is not None:
        changes["due_at"] = due_at
    if attempts is not None:
        changes["attempts"] = attempts
    names = ", ".join(f"{name} = %({name})s" for name in changes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {queue.table} SET {names} WHERE id = %(its_id)s AND lease_token = %(its_token)s",  # noqa: S608
            {**changes, "its_id": row.id, "its_token": row.token},
        )
        if not cursor.rowcount:
            raise LeaseLost(f"{queue.name} {row.id}")


def _storable(text: str) -> str:
    """What an error says may quote anything; a text column takes neither NUL nor half a character."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def stamp_many(queue: Queue, rows: Sequence[Claim], *, state: str, **columns: Any) -> int:
    """Stamps several rows at once, each by its own token; rows lost meanwhile are left alone. Returns how many were
    stamped. The commit does not wait for the disk: a stamp that a crash forgets only runs its job again."""
    if not rows:
        return 0
    names = "".join(f", {name} = %({name})s" for name in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(
            f"UPDATE {queue.table} q SET state = %(state)s, lease_token = NULL, lease_until = NULL, lost_leases = 0"  # noqa: S608
            f"{names}, last_error_code = '', last_error = ''"
            " FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS done(id, token)"
            " WHERE q.id = done.id AND q.lease_token = done.token",
            {"state": state, "ids": [row.id for row in rows], "tokens": [row.token for row in rows], **columns},
        )
        return int(cursor.rowcount)


def give_up(queue: Queue, row: Claim, *, at: datetime, code: str, error: str) -> None:
    """Dead: a person must look. What follows from that commits together with it."""
    with transaction.atomic():
        stamp(queue, row, state="dead", code=code, error=error)
        if queue.given_up:
            queue.given_up(row.id, at)


def retry(queue: Queue, row: Claim, *, at: datetime, code: str, error: str) -> bool:
    """After a failure: due again by the queue's ladder, or dead when the ladder has ended. True when it is dead."""
    delay = queue.ladder.after(row.attempts)
    if delay is None:
        give_up(queue, row, at=at, code=code, error=error)
        return True
    stamp(queue, row, state="due", due_at=at + delay, code=code, error=error)
    return False


def postpone(queue: Queue, row: Claim, *, until: datetime, code: str) -> None:
    """Not a failure, only too early: due again then, and the attempt is not counted."""
    stamp(queue, row, state="due", due_at=until, code=code, attempts=max(row.attempts - 1, 0))


def leave(queue: Queue, row: Claim) -> None:
    """Gives the lease back and changes nothing else: the outcome is written, and may have been changed by others."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {queue.table} SET lease_token = NULL, lease_until = NULL WHERE id = %s AND lease_token = %s",  # noqa: S608
            [row.id, row.token],
        )


def release(queue: Queue, rows: Iterable[Claim]) -> int:
    """Gives back rows whose turn did not come, as if they had not been claimed. Returns how many were still ours."""
    rows = list(rows)
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {queue.table} q SET lease_token = NULL, lease_until = NULL, attempts = greatest(q.attempts - 1, 0)"  # noqa: S608
            " FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS mine(id, token)"
            " WHERE q.id = mine.id AND q.lease_token = mine.token AND q.state = 'due'",
            {"ids": [row.id for row in rows], "tokens": [row.token for row in rows]},
        )
        return int(cursor.rowcount)
