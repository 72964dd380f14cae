"""What a job measured and every process must be able to tell, also after Redis was lost."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class StoredGauge(models.Model):
    """The last value of a gauge that is costly to measure: one row for each of its labels."""

    name = models.CharField(max_length=80)
    label = models.CharField(max_length=160)
    value = models.FloatField()
    measured_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "label"], name="a_gauge_is_kept_once_per_label"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.label}: {self.value}"
