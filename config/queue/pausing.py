"""The kill switch: a kind of work that is not claimed until somebody lets it go on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Invalid
from config.queue.models import Pause

QUEUES = ("inbox", "outbox", "calls", "watches")


class NotAKind(Invalid):
    """A pause names a queue and a kind of its rows."""

    code = "not_a_kind"


def pause(*, queue: str, kind: str, actor: str, reason: str, at: datetime) -> bool:
    """Stops the claiming of this kind (an event's type, a listener or an operation). What runs already runs on.

    False when it stands paused. Raises NotAKind.
    """
    if queue not in QUEUES or not kind or len(kind) > 120:
        raise NotAKind(field="kind")
    with transaction.atomic():
        row, is_new = Pause.objects.get_or_create(
            queue=queue, kind=kind, defaults={"reason": reason, "paused_by": actor, "paused_at": at}
        )
        if not is_new:
            return False
        record(row, act="paused", actor=actor, at=at, reason=reason, facts={"queue": queue, "kind": kind})
    return True


def resume(*, queue: str, kind: str, actor: str, reason: str, at: datetime) -> bool:
    """Lets a kind be claimed again; what waited is due at once. False when it does not stand paused."""
    with transaction.atomic():
        row = Pause.objects.select_for_update().filter(queue=queue, kind=kind).first()
        if row is None:
            return False
        record(row, act="resumed", actor=actor, at=at, reason=reason, facts={"queue": queue, "kind": kind})
        row.delete()
    return True


def is_paused(*, queue: str, kind: str) -> bool:
    """Whether this kind stands paused."""
    return Pause.objects.filter(queue=queue, kind=kind).exists()
