"""Forgets what has served its time, in small bites, so that no table but the history itself grows without end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import Error, models
from django.utils.module_loading import import_string

from config.accounts import failures, tokens
from config.idempotency import services as idempotency
from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.states import InboxState

log = logging.getLogger(__name__)
BATCH = 1_000
# A run that has more to do than this leaves the rest to the next one: it must end long before a task's time limit.
MOST_BATCHES = 50
REJECTIONS_KEPT = timedelta(days=30)
# Nothing will be done with the body of such an event any more, unless somebody replays it. Dead and parked events
# keep theirs: somebody still has to look at them.
_WORKED_OFF = (InboxState.PROCESSED, InboxState.IGNORED, InboxState.FOREIGN)


def purge(*, at: datetime) -> dict[str, int]:
    """Forgets everything that is old enough at `at`. Returns how many rows of each kind went, or -1 where it failed.

    One kind that fails does not keep the others.
    """
    kinds: dict[str, Callable[[], int]] = {
        "idempotency keys": lambda: idempotency.purge(at=at, batch=BATCH),
        "login failures": lambda: failures.purge(at=at, batch=BATCH),
        "ended logins": lambda: tokens.purge_outstanding(at=at, batch=BATCH),
        "webhook rejections": lambda: forget_rejections(at=at),
        "webhook bodies": lambda: forget_bodies(at=at),
    }
    for kind, path in settings.PURGES.items():
        kinds[kind] = partial(import_string(path), at=at, batch=BATCH)
    gone = {}
    for kind, forget in kinds.items():
        try:
            gone[kind] = forget()
        except Error:
            log.exception("purge failed", extra={"kind": kind})
            gone[kind] = -1
    log.info("purged", extra={"gone": gone})
    return gone


def forget_rejections(*, at: datetime) -> int:
    """Deletes counted rejections whose last one is 30 days old."""
    old = WebhookRejection.objects.filter(last_at__lt=at - REJECTIONS_KEPT).order_by("last_at")
    return _in_batches(old, lambda keys: WebhookRejection.objects.filter(pk__in=keys).delete()[0])


def forget_bodies(*, at: datetime) -> int:
    """Empties the bodies of events that were worked off and are older than the retention time.

    The row stays, and with it the key by which a redelivery is recognised. Such an event cannot be replayed.
    """
    horizon = at - timedelta(days=settings.WEBHOOK_BODY_RETENTION_DAYS)
    worked_off = WebhookEvent.objects.filter(state__in=_WORKED_OFF, body__isnull=False)
    old = worked_off.filter(received_at__lt=horizon).order_by("received_at")
    # Looked at again in the update: an operator may have replayed one of them a moment ago.
    return _in_batches(old, lambda keys: worked_off.filter(pk__in=keys).update(body=None))


def _in_batches(old: models.QuerySet[models.Model], forget: Callable[[list[int]], int]) -> int:
    gone = 0
    for _ in range(MOST_BATCHES):
        keys = list(old.values_list("pk", flat=True)[:BATCH])
        gone += forget(keys) if keys else 0
        if len(keys) < BATCH:
            break
    return gone
