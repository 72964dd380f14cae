"""How deep the queues are and how long their oldest row waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from config.calls.models import GatewayCall
from config.calls.services import UNANSWERED
from config.inbox.models import WebhookEvent
from config.ops.counting import capped
from config.outbox.models import OutboxJob
from config.outbox.runner import LANES

CAP = 10_000
# Queue and lane, its table and the part of it: the columns of its index of due rows, in this order.
Part = tuple[str, str, type[models.Model], dict[str, Any]]


@dataclass(frozen=True)
class Depth:
    """One queue, or one lane of it. `due` is capped at CAP."""

    queue: str
    lane: str
    due: int
    oldest_due_at: datetime | None

    def age(self, at: datetime) -> timedelta:
        """How long the oldest due row has waited; zero when none waits."""
        return max(at - self.oldest_due_at, timedelta()) if self.oldest_due_at else timedelta()


@dataclass(frozen=True)
class Stuck:
    """Rows that wait for something else than a worker, each capped at CAP."""

    dead: dict[str, int]
    inbox_parked: int
    calls_unanswered: int


def parts() -> list[Part]:
    """The platform's own queues, then those of the apps above it."""
    return [
        ("inbox", "", WebhookEvent, {}),
        *(("outbox", lane, OutboxJob, {"lane": lane}) for lane in LANES),
        ("calls", "", GatewayCall, {}),
        *((queue, "", model, {}) for queue, model in _above().items()),
    ]


def depths(*, at: datetime) -> list[Depth]:
    """Depth and oldest row of each queue, from the index of due rows alone."""
    found = []
    for queue, lane, model, conditions in parts():
        due = _due(model, conditions, at)
        oldest = due.values_list("due_at", flat=True).first()
        found.append(Depth(queue, lane, capped(due, cap=CAP) if oldest else 0, oldest))
    return found


def overdue(*, at: datetime, after: timedelta) -> list[str]:
    """The names of the queues with a row that has been due for longer than `after`."""
    limit = at - after
    late = {queue for queue, _, model, conditions in parts() if _due(model, conditions, limit).values("due_at").first()}
    return sorted(late)


def stuck() -> Stuck:
    """Dead, parked and unanswered rows, each from its own partial index."""
    # Calls are not among them: one that was given up is a case for a person, not a dead row.
    given_up: dict[str, type[models.Model]] = {"inbox": WebhookEvent, "outbox": OutboxJob, **_above()}
    return Stuck(
        dead={queue: capped(model._base_manager.filter(state="dead"), cap=CAP) for queue, model in given_up.items()},
        inbox_parked=capped(WebhookEvent.objects.filter(state="parked"), cap=CAP),
        calls_unanswered=capped(unanswered(), cap=CAP),
    )


def unanswered() -> models.QuerySet[GatewayCall]:
    """Calls which nobody could find the outcome of: a person must decide."""
    return GatewayCall.objects.filter(case_opened_at__isnull=False, status__in=UNANSWERED)


def _above() -> dict[str, type[models.Model]]:
    return {queue: import_string(path) for queue, path in settings.QUEUE_MODELS.items()}


def _due(model: type[models.Model], conditions: dict[str, Any], at: datetime) -> models.QuerySet[models.Model]:
    return model._base_manager.filter(state="due", due_at__lte=at, **conditions).order_by("due_at")
