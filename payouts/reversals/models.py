"""One attempt to take a transfer back from a payee's account."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import Money
from payouts.payout.models import Payout
from payouts.reversals.states import OPEN, REVERSAL_STATES, ReversalStatus


def reversal_id() -> str:
    return new_id("rev")


class ReversalCause(models.TextChoices):
    DEBT = "debt"  # their bank has the payout, and they owe us
    STRANDED = "stranded"  # the payout failed or came back, so that its money stands in their account
    STOPPED = "stopped"  # somebody stops the payout, which was not made yet and is payable again when this is back


class Reversal(models.Model):
    """So much of a payout's transfer is to come back from the payee's account into our balance. One that pays a debt
    takes what is theirs, and needs a second person; one of stranded money brings back what is owed to them anyway."""

    states = REVERSAL_STATES

    public_id = models.CharField(max_length=36, unique=True, default=reversal_id, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="reversals")
    cause = models.CharField(max_length=8, choices=ReversalCause.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=ReversalStatus.choices, default=ReversalStatus.PROPOSED)
    proposed_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True, default="")
    rail_reversal_id = models.CharField(max_length=255, blank=True, default="")
    failure_code = models.CharField(max_length=80, blank=True, default="")
    proposed_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payout"],
                condition=Q(status__in=[state.value for state in OPEN]),
                name="a_transfer_has_one_open_reversal",
            ),
            models.CheckConstraint(condition=Q(status__in=ReversalStatus.values), name="a_reversal_has_a_known_status"),
            models.CheckConstraint(condition=Q(cause__in=ReversalCause.values), name="a_reversal_has_a_known_cause"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_reversal_takes_something_back"),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("proposed_by")) | Q(proposed_by__startswith="system:"),
                name="nobody_approves_the_reversal_they_proposed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["succeeded", "declined", "cancelled"], ended_at__isnull=False)
                | (~Q(status__in=["succeeded", "declined", "cancelled"]) & Q(ended_at__isnull=True)),
                name="a_reversal_is_over_exactly_when_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="reversal_status"),
            models.Index(fields=["payout", "-id"], name="reversal_payout"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
