"""Stores verified events and counts rejected deliveries, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, connection, transaction

from config.crypto import seal
from config.inbox.contract import Verified
from config.inbox.models import WebhookEvent
from config.queue.nudge import nudge_on_commit

# One statement: a new event costs one insert, a redelivery raises a counter, and whatever came first stands.
_STORE = f"""
INSERT INTO {WebhookEvent._meta.db_table} AS e
  (source, account, event_id, type, object_id, api_version, livemode, occurred_at, received_at, due_at, state,
   body, body_sha256, body_is_unique, fetched)
VALUES (%(source)s, %(account)s, %(event_id)s, %(type)s, %(object_id)s, %(api_version)s, %(livemode)s,
   %(occurred_at)s, %(at)s, %(at)s, 'due', %(body)s, %(sha)s, %(unique)s, %(fetched)s)
ON CONFLICT ON CONSTRAINT an_event_is_stored_once_per_account DO UPDATE
   SET deliveries = e.deliveries + 1,
       mismatched_bodies = e.mismatched_bodies + (e.body_sha256 <> excluded.body_sha256)::int
RETURNING id, (xmax = 0)
"""  # noqa: S608 - the table's name is our own


@dataclass(frozen=True, slots=True)
class Stored:
    """The row that holds the event, and whether this delivery made it."""

    id: int
    is_new: bool


def store(*, source: str, verified: Verified, body: bytes, at: datetime, fetched: bool = False) -> Stored:
    """Keeps a verified event. Its commit is the promise that lets us answer 200."""
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
        "sha": sha256(body).digest(),
        "unique": verified.body_is_unique,
        "fetched": fetched,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        identifier, is_new = cursor.fetchone()
    return Stored(id=identifier, is_new=is_new)


def store_unsigned_id(*, source: str, verified: Verified, body: bytes, at: datetime) -> Stored:
    """As `store`, where the event id is not covered by the signature: a known body under a new id is a redelivery."""
    try:
        with transaction.atomic():
            return store(source=source, verified=verified, body=body, at=at)
    except IntegrityError:
        known = WebhookEvent.objects.get(
            account=verified.account, body_sha256=sha256(body).digest(), body_is_unique=True
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {WebhookEvent._meta.db_table} SET deliveries = deliveries + 1 WHERE id = %s",  # noqa: S608
                [known.pk],
            )
        return Stored(id=known.pk, is_new=False)


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
