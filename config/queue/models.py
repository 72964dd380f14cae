"""The columns that make a table a queue, and the switch that pauses a part of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class QueueRow(models.Model):
    """A row that is its own work item: due at an instant, leased by a token, stamped by that token.

    Only `(due_at) WHERE state = 'due'` is indexed for work. The lease columns stand in no index, so that a claim
    is a heap-only update however much history the table holds.
    """

    state = models.CharField(max_length=12, default="due")
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    lost_leases = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error_code = models.CharField(max_length=80, blank=True, default="", db_default="")
    last_error = models.TextField(blank=True, default="", db_default="")
    replays = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        abstract = True


def due_index(name: str) -> models.Index:
    """The one index that claiming reads."""
    return models.Index(fields=["due_at"], name=name, condition=Q(state="due"))


class Pause(models.Model):
    """A kill switch: rows of this kind are not claimed while it stands."""

    queue = models.CharField(max_length=20)
    kind = models.CharField(max_length=120, help_text="event type, listener or operation, as the queue names it")
    reason = models.TextField()
    paused_by = models.CharField(max_length=80)
    paused_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "kind"], name="a_kind_is_paused_once"),
        ]

    def __str__(self) -> str:
        return f"{self.queue}: {self.kind}"
