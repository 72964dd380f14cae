"""Money that was captured for a fulfilment and is nobody's yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from orders.fulfilment.models import Fulfilment
from payments.charges.models import Payment
from payments.escrow.states import HOLD_STATES, HoldStatus


def hold_id() -> str:
    return new_id("hold")


class EscrowHold(models.Model):
    """A ledger hold ("escrow" is our word for it; no gateway offers a legal escrow). Opened in the commit of the
    capture. The fee amounts are the sums of what the lines froze at pricing."""

    states = HOLD_STATES

    public_id = models.CharField(max_length=36, unique=True, default=hold_id, editable=False)
    fulfilment = models.OneToOneField(Fulfilment, on_delete=models.PROTECT, related_name="hold")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="holds")
    payee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    owner = models.CharField(max_length=40, help_text="the payee's public id, as the ledger names them")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    remaining_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0, db_default=0, help_text="taken by refunds")
    lost_minor = models.BigIntegerField(default=0, db_default=0, help_text="taken by lost disputes")
    status = models.CharField(max_length=10, choices=HoldStatus.choices, default=HoldStatus.HELD)
    opened_at = models.DateTimeField()
    must_leave_by = models.DateTimeField(help_text="the gateway lets money wait no longer")
    alarmed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=HoldStatus.values), name="a_hold_has_a_known_status"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, remaining_minor__gte=0, returned_minor__gte=0, lost_minor__gte=0),
                name="a_hold_is_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(status="released", remaining_minor=0)
                | Q(remaining_minor=F("amount_minor") - F("returned_minor") - F("lost_minor")),
                name="a_hold_keeps_what_was_not_taken",
            ),
            models.CheckConstraint(
                condition=Q(status="returned", remaining_minor=0) | ~Q(status="returned"),
                name="a_returned_hold_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(status="released", released_at__isnull=False)
                | (~Q(status="released") & Q(released_at__isnull=True)),
                name="a_hold_is_released_exactly_when_dated",
            ),
        ]
        indexes = [
            models.Index(
                fields=["must_leave_by"], name="hold_must_leave_by", condition=Q(status__in=["held", "frozen"])
            ),
            models.Index(fields=["status", "-id"], name="hold_status"),
            models.Index(fields=["public_id"], name="hold_keeping", condition=Q(remaining_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return self.public_id


class HoldFreeze(models.Model):
    """One reason for which a hold must not move. It is free again when the last reason is lifted."""

    hold = models.ForeignKey(EscrowHold, on_delete=models.PROTECT, related_name="freezes")
    reason = models.CharField(max_length=24, help_text="dispute, refund_requested, review, operator")
    ref = models.CharField(max_length=36, blank=True, default="")
    note = models.TextField(blank=True, default="")
    frozen_by = models.CharField(max_length=80)
    frozen_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hold", "reason", "ref"],
                condition=Q(lifted_at__isnull=True),
                name="a_reason_freezes_a_hold_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id}: {self.reason}"
