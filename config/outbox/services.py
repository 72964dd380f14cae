"""Emits topics: one job per listener, in the commit of the fact itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from config.audit.services import NotInTransaction, record
from config.outbox.models import OutboxJob
from config.outbox.states import OUTBOX_STATES, OutboxState
from config.queue.nudge import nudge_on_commit

# One statement for all listeners, past the ORM: every sale writes some of these.
_EMIT = f"""
INSERT INTO {OutboxJob._meta.db_table}
  (state, topic, lane, listener, fact_key, ordering_key, payload, due_at, created_at)
SELECT 'due', %(topic)s, told.lane, told.listener, %(fact_key)s, %(ordering_key)s, %(payload)s::jsonb, %(due_at)s,
       %(at)s
  FROM unnest(%(lanes)s::text[], %(listeners)s::text[]) AS told(lane, listener)
    ON CONFLICT ON CONSTRAINT a_listener_hears_a_fact_once DO NOTHING
"""  # noqa: S608 - the table's name is our own


class UndeclaredTopic(LookupError):
    """A topic that routes.py does not know."""


def emit(
    topic: str,
    *,
    fact_key: str,
    payload: Mapping[str, Any],
    at: datetime,
    due_at: datetime | None = None,
    ordering_key: str = "",
) -> None:
    """Writes one job per listener of `topic`; the same `fact_key` told again writes none.

    `payload` holds public ids, not data that may be stale by then. Jobs with the same `ordering_key` run one at a time
    in the order of their commits, and their writers wait for each other; without one no order is promised. Raises
    UndeclaredTopic, and NotInTransaction outside a transaction: a job without its fact would be a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"{topic} emitted outside a transaction")
    try:
        listeners = settings.LISTENERS[topic]
    except KeyError:
        raise UndeclaredTopic(topic) from None
    if not listeners:
        return
    if ordering_key:
        _take_turns(ordering_key)
    lanes = [settings.LISTENER_QUEUES.get(listener, "outbox") for listener in listeners]
    values: dict[str, Any] = {
        "topic": topic,
        "lanes": lanes,
        "listeners": listeners,
        "fact_key": f"{topic}:{fact_key}",
        "ordering_key": ordering_key,
        "payload": json.dumps(dict(payload)),
        "due_at": due_at or at,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EMIT, values)
    for lane in lanes:
        nudge_on_commit(lane)


def _take_turns(ordering_key: str) -> None:
    """Ids are given out at the insert and seen at the commit: without this a later one could be seen, and run, first.
    The lock is the transaction's, so that a pooled connection never carries it on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"outbox:{ordering_key}"])


def revive(job: OutboxJob, *, actor: str, reason: str, at: datetime) -> bool:
    """Puts a dead job back, once more from the first step of its ladder."""
    return _settle_dead(
        job,
        to=OutboxState.DUE,
        actor=actor,
        reason=reason,
        at=at,
        due_at=at,
        attempts=0,
        lost_leases=0,
        replays=F("replays") + 1,
    )


def skip(job: OutboxJob, *, actor: str, reason: str, at: datetime) -> bool:
    """A person decides that a dead job need not be done."""
    return _settle_dead(job, to=OutboxState.SKIPPED, actor=actor, reason=reason, at=at)


def _settle_dead(job: OutboxJob, *, to: OutboxState, actor: str, reason: str, at: datetime, **changes: Any) -> bool:
    with transaction.atomic():
        present = OutboxJob.objects.select_for_update().get(pk=job.pk)
        if present.state == to:
            return False
        OUTBOX_STATES.check(present.state, to)
        OutboxJob.objects.filter(pk=job.pk).update(state=to, **changes)
        record(job, act=to.label.lower(), actor=actor, at=at, reason=reason, from_state=present.state, to_state=to)
        nudge_on_commit(present.lane)
    return True
