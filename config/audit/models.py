"""Who moved what, when and why: append-only."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class TransactionId(models.Func):
    """The top-level transaction's 64-bit id, so that a later seal knows what was committed together."""

    template = "pg_current_xact_id()::text::bigint"
    arity = 0
    output_field = models.BigIntegerField()


class AuditEntry(models.Model):
    """One move of one status (or another act worth keeping). Written by `config.audit.services` alone."""

    append_only = True

    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=36)
    act = models.CharField(max_length=60, default="move")
    from_state = models.CharField(max_length=24, blank=True, default="")
    to_state = models.CharField(max_length=24, blank=True, default="")
    actor = models.CharField(max_length=80)
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64, blank=True, default="")
    facts = models.JSONField(null=True, blank=True)
    written_at = models.DateTimeField(db_default=Now())
    xact_id = models.BigIntegerField(db_default=TransactionId(), editable=False)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}: {self.from_state} → {self.to_state}"
