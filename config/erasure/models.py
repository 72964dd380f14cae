"""Requests to forget a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.erasure.states import ERASURE_STATES, ErasureStatus
from config.kernel.ids import new_id


def erasure_id() -> str:
    return new_id("era")


class ErasureRequest(models.Model):
    """One person is to be forgotten. It waits, visibly, until a person settles it: the books must stay."""

    states = ERASURE_STATES

    public_id = models.CharField(max_length=36, unique=True, default=erasure_id, editable=False)
    person = models.ForeignKey("config.User", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=ErasureStatus.choices, default=ErasureStatus.OPEN)
    cause = models.CharField(max_length=80, help_text="what asked for it: customer.deleted, …")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="open"), name="a_person_is_to_be_erased_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ErasureStatus.values), name="an_erasure_request_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True) | (~Q(status="open") & Q(ended_at__isnull=False)),
                name="an_erasure_request_is_over_exactly_when_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
