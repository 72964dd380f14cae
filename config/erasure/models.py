"""Requests to forget a person."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.erasure.states import ERASURE_STATES, ErasureStatus
from config.kernel.ids import new_id


def erasure_id() -> str:
    return new_id("era")


class ErasureRequest(models.Model):
    """One person is to be forgotten. It waits, visibly, until nothing of theirs is open; then the machine forgets them.
    The books stay."""

    states = ERASURE_STATES

    public_id = models.CharField(max_length=36, unique=True, default=erasure_id, editable=False)
    person = models.ForeignKey("config.User", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=ErasureStatus.choices, default=ErasureStatus.OPEN)
    cause = models.CharField(max_length=80, help_text="what asked for it: customer.deleted, …")
    waits_for = ArrayField(models.CharField(max_length=120), default=list, db_default=[], blank=True)
    created_at = models.DateTimeField(db_default=Now())
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when it was last seen whether it can run")
    begun_at = models.DateTimeField(null=True, blank=True, help_text="since then the account is shut")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(status__in=["open", "running"]),
                name="a_person_is_to_be_erased_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ErasureStatus.values), name="an_erasure_request_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "running"], ended_at__isnull=True)
                | Q(status__in=["done", "refused"], ended_at__isnull=False),
                name="an_erasure_request_is_over_exactly_when_dated",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(begun_at__isnull=False), name="an_erasure_that_runs_says_since_when"
            ),
        ]
        indexes = [
            models.Index(fields=["looked_at"], name="erasure_unsettled", condition=Q(status__in=["open", "running"])),
        ]

    def __str__(self) -> str:
        return self.public_id
