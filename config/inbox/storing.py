"""Stores verified events and counts rejected deliveries, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import Cursor

from config.crypto import seal
from config.inbox.contract import Verified
from config.inbox.models import WebhookEvent
from config.queue.nudge import nudge_on_commit

# A new event is one plain insert; a redelivery finds what came first, which stands, and raises a counter. Both in one
# statement would be planned anew with each delivery, though hardly one in a hundred comes twice.
_STORE = f"""
INSERT INTO {WebhookEvent._meta.db_table}
  (source, account, event_id, type, object_id, api_version, livemode, occurred_at, received_at, due_at, state,
   body, body_sha256, body_is_unique, is_hint, fetched)
VALUES (%(source)s, %(account)s, %(event_id)s, %(type)s, %(object_id)s, %(api_version)s, %(livemode)s,
   %(occurred_at)s, %(at)s, %(at)s, 'due', %(body)s, %(sha)s, %(unique)s, %(hint)s, %(fetched)s)
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608 - the table's name is our own
# A delivery that repeats what is here is a sign of life of the gateway all the same. It is dated in the write that
# counts it, and anew after a minute only, so that a flood of one event leaves the index alone.
_REPEATED = """repeated_at = CASE WHEN %(fetched)s OR {row}repeated_at > %(at)s::timestamptz - interval '1 minute'
                          THEN {row}repeated_at ELSE %(at)s::timestamptz END"""
_COUNT = f"""
UPDATE {WebhookEvent._meta.db_table} AS e
   SET deliveries = e.deliveries + 1, mismatched_bodies = e.mismatched_bodies + (e.body_sha256 <> %(sha)s)::int,
       {_REPEATED.format(row="e.")}
  FROM (SELECT id FROM {WebhookEvent._meta.db_table}
         WHERE account = %(account)s
           AND CASE WHEN %(unique)s THEN body_is_unique AND body_sha256 = %(sha)s ELSE event_id = %(event_id)s END
         LIMIT 1) AS first
 WHERE e.id = first.id
RETURNING e.id
"""  # noqa: S608 - the table's name is our own


# An id that nobody signed names another body: that one is seen on the first.
_MISNAMED = f"""
UPDATE {WebhookEvent._meta.db_table} SET mismatched_bodies = mismatched_bodies + 1
 WHERE account = %(account)s AND event_id = %(event_id)s
"""  # noqa: S608 - the table's name is our own
# A hint that comes again is worth a question again, however it was answered before: due after a pause, so that a flood
# of them asks no more than one question per pause. What is in work meanwhile is put back when it is done, by the count.
_RING = f"""
UPDATE {WebhookEvent._meta.db_table}
   SET deliveries = deliveries + 1, mismatched_bodies = mismatched_bodies + (body_sha256 <> %(sha)s)::int,
       {_REPEATED.format(row="")},
       due_at = CASE state WHEN 'due' THEN least(due_at, %(at)s::timestamptz + %(pause)s)
                           ELSE greatest(%(at)s, processed_at + %(pause)s) END,
       attempts = CASE state WHEN 'due' THEN attempts ELSE 0 END,
       lost_leases = CASE state WHEN 'due' THEN lost_leases ELSE 0 END,
       received_at = CASE state WHEN 'due' THEN received_at ELSE %(at)s END,
       body = coalesce(body, %(body)s), state = 'due'
 WHERE account = %(account)s AND event_id = %(event_id)s
RETURNING id
"""  # noqa: S608 - the table's name is our own
HINTS_APART = timedelta(seconds=10)
_LONGEST_ID = 180  # of an id that is told apart from the same id of another body


@dataclass(frozen=True, slots=True)
class Stored:
    """The row that holds the event, whether this delivery made it, and whether it gave it something to do."""

    id: int
    is_new: bool
    is_due: bool


def store(*, source: str, verified: Verified, body: bytes, at: datetime, fetched: bool = False) -> Stored:
    """Keeps a verified event. Its commit is the promise that lets us answer 200.

    Where the event id is not covered by the signature (`verified.body_is_unique`), the body alone says whether it is
    known: a known one under a new id is a redelivery, and a new one under a known id is an event of its own, because
    whoever can send an id must not be able to suppress what was signed. A hint under a known id makes its row due
    again, unless we made it up ourselves.
    """
    rings = verified.is_hint and not fetched
    values: dict[str, Any] = {
        "source": source,
        "account": verified.account,
        "event_id": verified.event_id,
        "type": verified.type,
        "object_id": verified.object_id,
        "api_version": verified.api_version,
        "livemode": verified.livemode,
        "occurred_at": verified.occurred_at,
        "at": at,
        "body": seal(body),
        "sha": (sha := sha256(body)).digest(),
        "unique": verified.body_is_unique,
        "hint": verified.is_hint,
        "fetched": fetched,
        "pause": HINTS_APART,
    }
    # psycopg's own cursor sends the parameters beside the statement; Django's would quote the body into it, twice as
    # long. It also asks the connection nothing before.
    database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` does it again at every mention
    database.ensure_connection()
    with database.wrap_database_errors, Cursor(database.connection) as cursor:
        while True:
            if (made := cursor.execute(_STORE, values).fetchone()) is not None:
                return Stored(id=made[0], is_new=True, is_due=True)
            # What came first is never deleted.
            if (first := cursor.execute(_RING if rings else _COUNT, values).fetchone()) is not None:
                return Stored(id=first[0], is_new=False, is_due=rings)
            cursor.execute(_MISNAMED, values)
            values["event_id"] = f"{verified.event_id[:_LONGEST_ID]}~{sha.hexdigest()}"


def wait_for_storers(keys: Sequence[str]) -> None:
    """Who stores an object and who parks for it take turns until their commits: whoever is second sees the first.
    The locks are the transaction's, so that a pooled connection never carries them on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('wake:' || key, 0))"
            " FROM (SELECT DISTINCT key FROM unnest(%s::text[]) key ORDER BY key) keys",
            [list(keys)],
        )


def wake(keys: Sequence[str], *, at: datetime) -> int:
    """Makes events that were parked for one of `keys` due. Called in the commit which first stores that object."""
    names = [key for key in keys if key]
    if not names:
        return 0
    wait_for_storers(names)
    woken = WebhookEvent.objects.filter(state="parked", wake_key__in=names).update(state="due", due_at=at, wake_key="")
    if woken:
        nudge_on_commit("webhooks")
    return woken


_REJECT = """
INSERT INTO config_webhookrejection AS r
  (source, reason, remote_addr, minute, count, last_at, body_size, body_sha256, user_agent)
VALUES (%(source)s, %(reason)s, %(addr)s, date_trunc('minute', %(at)s::timestamptz), 1, %(at)s, %(size)s, %(sha)s,
        %(agent)s)
ON CONFLICT ON CONSTRAINT rejections_are_counted_per_minute DO UPDATE
   SET count = r.count + 1, last_at = excluded.last_at, body_size = excluded.body_size,
       body_sha256 = excluded.body_sha256
RETURNING count
"""


def reject(*, source: str, reason: str, remote_addr: str, body: bytes, user_agent: str, at: datetime) -> int:
    """Counts a rejected delivery. Returns how many of its kind this source sent in this minute."""
    values: dict[str, Any] = {
        "source": source,
        "reason": reason,
        "addr": remote_addr[:45],
        "at": at,
        "size": len(body),
        "sha": sha256(body).digest(),
        "agent": user_agent[:120],
    }
    with connection.cursor() as cursor:
        cursor.execute(_REJECT, values)
        return int(cursor.fetchone()[0])
