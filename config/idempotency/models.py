"""What was answered to a request that carried an idempotency key."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """A key within its scope (principal, method, path), with the answer once there is one."""

    scope = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_sha256 = models.BinaryField(max_length=32)
    intent_id = models.CharField(max_length=36, blank=True, default="", help_text="what this request made")
    status_code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="empty while it still runs")
    answer = models.BinaryField(null=True, help_text="encrypted JSON, without secrets")
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="an_idempotency_key_is_used_once_per_scope"),
            models.CheckConstraint(
                condition=Q(status_code__isnull=True) | Q(answer__isnull=False), name="an_ended_request_has_its_answer"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
