"""What is asked about again and again, and when it is asked about next."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from config.queue.models import QueueRow, due_index


class Watch(QueueRow):
    """One object that waits at its gateway. Due at its next question; done once it is decided; dead when nobody
    decided it for as long as its gateway's schedule goes. One that only might still change is done by then."""

    kind = models.CharField(max_length=20, help_text="payment, …: who asks is a matter of routes")
    ref = models.CharField(max_length=300, help_text="public id of our row; a refund of nobody here: after its payment")
    account = models.CharField(max_length=40, help_text="code of the gateway account that is asked")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="an_object_is_watched_once"),
        ]
        indexes = [
            due_index("watch_due"),
            models.Index(fields=["-id"], name="watch_given_up", condition=models.Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"
