"""What we must do: one row per listener of a topic, written in the commit that made it necessary."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.outbox.states import OutboxState
from config.queue.models import QueueRow


class OutboxJob(QueueRow):
    """One listener's duty. `fact_key` names the fact, so that telling it twice makes one job."""

    topic = models.CharField(max_length=80)
    lane = models.CharField(max_length=12, default="outbox", help_text="so that a storm of mail never delays money")
    listener = models.CharField(max_length=160, help_text="dotted path, as routes.py names it")
    fact_key = models.CharField(max_length=160)
    ordering_key = models.CharField(max_length=80, blank=True, default="", db_default="")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listener", "fact_key"], name="a_listener_hears_a_fact_once"),
            models.CheckConstraint(condition=Q(state__in=OutboxState.values), name="an_outbox_job_has_a_known_state"),
        ]
        indexes = [
            models.Index(fields=["lane", "due_at"], name="outbox_due", condition=Q(state="due")),
            models.Index(
                fields=["ordering_key", "id"], name="outbox_order", condition=Q(state="due") & ~Q(ordering_key="")
            ),
            models.Index(fields=["state", "-id"], name="outbox_set_aside", condition=Q(state__in=["dead", "skipped"])),
        ]

    def __str__(self) -> str:
        return f"{self.topic} → {self.listener}"
