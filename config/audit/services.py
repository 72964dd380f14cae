"""The one hand that moves a status, and the only writer of audit entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from config.audit.models import AuditEntry
from config.ops.context import request_id as request_id

# Every move writes one of these: past the ORM, which would cost as much as all the rest of a move.
_RECORD = f"""
INSERT INTO {AuditEntry._meta.db_table}
  (subject_type, subject_id, act, from_state, to_state, actor, reason, at, request_id, facts)
VALUES (%(subject_type)s, %(subject_id)s, %(act)s, %(from_state)s, %(to_state)s, %(actor)s, %(reason)s, %(at)s,
        %(request_id)s, %(facts)s::jsonb)
"""  # noqa: S608 - the table's name is our own


class NotInTransaction(RuntimeError):
    """A move must commit together with what it causes."""


def move(
    row: Any,
    *,
    to: str,
    actor: str,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> bool:
    """Moves `row.status` to `to`, with `changes` to other columns in the same write, and appends an audit entry.

    Locks and re-reads the row; `row` is brought up to date. Returns False and writes nothing when it already
    is in that state: facts are told twice. Raises MoveNotAllowed for a move that its table does not have, and
    NotInTransaction outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"{row} moved outside a transaction")
    model: type[models.Model] = type(row)
    # What the caller read is believed only as a condition: this one statement waits for the row's lock, re-reads it,
    # and writes only if the row still is where the move starts from.
    known, rows = row.status, model._base_manager.filter(pk=row.pk)
    if not (row.states.allows(known, to) and rows.filter(status=known).update(status=to, **changes)):
        known = rows.select_for_update(of=("self",)).values_list("status", flat=True).get()
        if known == to:
            row.status = known
            return False
        row.states.check(known, to)
        rows.update(status=to, **changes)
    row.status = to
    for name, value in changes.items():
        setattr(row, name, value)
    record(row, act="move", actor=actor, at=at, reason=reason, facts=facts, from_state=known, to_state=to)
    return True


def record(
    row: Any,
    *,
    act: str,
    actor: str,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    from_state: str = "",
    to_state: str = "",
) -> None:
    """Appends an audit entry about `row` (anything with a public id, or a primary key)."""
    values = {
        "subject_type": row._meta.model_name,
        "subject_id": getattr(row, "public_id", None) or str(row.pk),
        "act": act,
        "from_state": from_state,
        "to_state": to_state,
        "actor": actor,
        "reason": reason,
        "at": at,
        "request_id": request_id.get(),
        "facts": json.dumps(dict(facts)) if facts else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)
