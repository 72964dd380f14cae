"""Money that goes back to a buyer, and where each part of it was taken from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.charges.models import GatewayAccount, Payment
from payments.escrow.models import EscrowHold
from payments.refunds.states import REFUND_STATES, RefundStatus


def refund_id() -> str:
    return new_id("rf")


class Refund(models.Model):
    """One giving back of captured money, over one payment."""

    states = REFUND_STATES

    public_id = models.CharField(max_length=36, unique=True, default=refund_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_refund_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique, so not ""
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=RefundStatus.choices, default=RefundStatus.REQUESTED)
    cause = models.CharField(max_length=40, help_text="timeout, cancelled, unapplied, external, …")
    cause_key = models.CharField(max_length=160, unique=True, help_text="one refund per cause")
    reason = models.TextField(blank=True, default="")
    requested_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True, default="")
    reference = models.CharField(max_length=255, blank=True, default="", help_text="ARN or RRN, for the buyer's bank")
    failure_code = models.CharField(max_length=80, blank=True, default="")
    failure_detail = models.CharField(max_length=300, blank=True, default="")
    bounces = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="times it came back after success")
    created_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_refund_id"], name="a_gateway_refund_is_one_refund_of_ours"
            ),
            models.CheckConstraint(condition=Q(status__in=RefundStatus.values), name="a_refund_has_a_known_status"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_refund_gives_something"),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | Q(succeeded_at__isnull=False), name="a_succeeded_refund_says_when"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="refund_status"),
            models.Index(
                fields=["approved_at"], name="refund_owed", condition=Q(status__in=["approved", "sending", "failed"])
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class RefundShare(models.Model):
    """A part of a refund and the pot that it was taken from."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="shares")
    pot = models.CharField(max_length=20, help_text="escrow, released, unapplied or goodwill")
    hold = models.ForeignKey(EscrowHold, null=True, blank=True, on_delete=models.PROTECT, related_name="refund_shares")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "pot", "hold"], nulls_distinct=False, name="a_refund_takes_from_a_pot_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_refund_share_is_something"),
            models.CheckConstraint(
                condition=~Q(pot__in=["escrow", "released"]) | Q(hold__isnull=False), name="a_held_share_names_its_hold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} from {self.pot}"
