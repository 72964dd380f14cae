"""What seller and buyer say of a hand-over that they do themselves."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from orders.tickets.providers.manual.states import HAND_OVER_STATES, HandOverStatus


def hand_over_id() -> str:
    return new_id("hov")


class HandOver(models.Model):
    """One transfer as the provider `manual` has it: the other side of ours, kept here because nobody else keeps it."""

    states = HAND_OVER_STATES

    public_id = models.CharField(max_length=36, unique=True, default=hand_over_id, editable=False)
    reference = models.CharField(max_length=36, unique=True, help_text="id of our transfer")
    status = models.CharField(max_length=16, choices=HandOverStatus.choices, default=HandOverStatus.INITIATED)
    ticket_ids = ArrayField(models.CharField(max_length=36))
    recipient = models.CharField(max_length=80, blank=True, default="", help_text="masked")
    expires_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    cancel_asked_at = models.DateTimeField(null=True, blank=True, help_text="we want it back, and a proof stands")
    proof_name = models.CharField(max_length=100, blank=True, default="")
    proof_type = models.CharField(max_length=40, blank=True, default="")
    proof_sealed = models.BinaryField(null=True, help_text="the seller's file, encrypted; nothing once it is erased")
    proof_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=HandOverStatus.values), name="a_hand_over_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["pending", "needs_review"]) | Q(proof_at__isnull=False),
                name="a_hand_over_waits_for_its_buyer_once_a_proof_is_shown",
            ),
        ]
        indexes = [
            models.Index(fields=["changed_at", "id"], name="hand_over_changed"),
            models.Index(fields=["expires_at"], name="hand_over_expires", condition=Q(status="initiated")),
        ]

    def __str__(self) -> str:
        return self.public_id

    def heard_at(self, at: datetime) -> datetime:
        """When a word that somebody began to say at `at` counts: never before what was heard already. Requests overtake
        one another, and clocks of hosts differ; whoever has the lock is heard later."""
        return max(at, self.changed_at)
