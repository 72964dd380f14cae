"""Disputes, the movements of our balance for them, what a lost one was taken from, and evidence against them."""

from __future__ import annotations

from typing import Any, Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.charges.models import GatewayAccount, Payment
from payments.disputes.states import DISPUTE_STATES, DisputeStatus
from payments.escrow.models import EscrowHold
from payments.gateways.dispute_views import EvidencePaper

# A concession was asked for in one state; in the next one it is asked for anew.
NOBODY_ASKED: Final[dict[str, Any]] = {
    "concession_asked_by": "",
    "concession_reason": "",
    "concession_asked_at": None,
}


def dispute_id() -> str:
    return new_id("dsp")


class Dispute(models.Model):
    """One objection of a cardholder, over one payment. `withdrawn_minor` is the sum of its movements; what of it is
    booked as lost follows from it and the status alone."""

    states = DISPUTE_STATES

    public_id = models.CharField(max_length=36, unique=True, default=dispute_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_dispute_id = models.CharField(max_length=255)
    charge_id = models.CharField(max_length=255, blank=True, default="")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=DisputeStatus.choices, default=DisputeStatus.INQUIRY)
    phase = models.CharField(max_length=40, blank=True, default="", help_text="the gateway's word for its stage")
    reason = models.CharField(max_length=80, blank=True, default="")
    network_reason = models.CharField(max_length=40, blank=True, default="", help_text="the card network's code")
    bearer = models.CharField(max_length=10, help_text="whose loss it is, by the policy when it was opened")
    is_submitted = models.BooleanField(default=False, db_default=False)
    withdrawn_minor = models.BigIntegerField(default=0, db_default=0, help_text="away from our balance now")
    lost_minor = models.BigIntegerField(default=0, db_default=0, help_text="of it, booked as lost")
    losses = models.PositiveIntegerField(default=0, db_default=0, help_text="how often a loss was booked or made good")
    concession_asked_by = models.CharField(max_length=80, blank=True, default="", db_default="")
    concession_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    concession_asked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(help_text="the gateway's time")
    label_at = models.DateTimeField(help_text="the gateway's time of the present label")
    seen_at = models.DateTimeField(help_text="our time of the last word about it")
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True, help_text="of the deadline, next")
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_dispute_id"], name="a_gateway_dispute_is_one_dispute_of_ours"
            ),
            models.CheckConstraint(condition=Q(status__in=DisputeStatus.values), name="a_dispute_has_a_known_status"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_dispute_is_about_something"),
            models.CheckConstraint(condition=Q(bearer__in=["seller", "platform"]), name="a_dispute_has_a_bearer"),
            models.CheckConstraint(
                condition=Q(concession_asked_by="", concession_reason="", concession_asked_at__isnull=True)
                | (Q(concession_asked_at__isnull=False) & ~Q(concession_asked_by="") & ~Q(concession_reason="")),
                name="a_concession_is_asked_for_by_somebody_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(lost_minor=0) | Q(status="lost", lost_minor__gt=0, lost_minor=F("withdrawn_minor")),
                name="only_a_lost_dispute_is_lost_and_only_what_is_away",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="dispute_status"),
            models.Index(
                fields=["evidence_due_at"],
                name="dispute_due",
                condition=Q(status__in=["inquiry", "needs_response"], is_submitted=False),
            ),
            models.Index(
                fields=["seen_at"],
                name="dispute_unsettled",
                condition=Q(status__in=["inquiry", "needs_response", "under_review"])
                | (~Q(withdrawn_minor=0) & ~Q(status="lost")),
            ),
            models.Index(fields=["seen_at"], name="dispute_lost", condition=Q(status="lost")),
            models.Index(
                fields=["concession_asked_at"],
                name="dispute_concession",
                condition=Q(concession_asked_at__isnull=False),
            ),
            models.Index(fields=["remind_at"], name="dispute_remind", condition=Q(remind_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def withdrawn(self) -> Money:
        return Money(self.withdrawn_minor, self.currency)


class DisputeMovement(models.Model):
    """One movement of our balance for a dispute, kept and booked once. `amount_minor` in the dispute's currency, below
    zero taken; `settled_minor` and `fee_minor` in the currency of our balance."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="movements")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    transaction_id = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField()
    settled_currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField()
    moved_at = models.DateTimeField(help_text="the gateway's time")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "transaction_id"], name="a_movement_of_a_dispute_is_kept_once"
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id


class DisputeShare(models.Model):
    """A part of what a dispute has lost now, and the pot that it was taken from: a hold (escrow or released), us for
    the part behind a hold (borne), us because nothing was left (loss), or money that nobody could keep (unapplied)."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="shares")
    pot = models.CharField(max_length=20, help_text="hold, borne, loss or unapplied")
    hold = models.ForeignKey(EscrowHold, null=True, blank=True, on_delete=models.PROTECT, related_name="dispute_shares")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "pot", "hold"], nulls_distinct=False, name="a_dispute_takes_from_a_pot_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_dispute_share_is_something"),
            models.CheckConstraint(
                condition=Q(pot__in=["loss", "unapplied"], hold__isnull=True)
                | Q(pot__in=["hold", "borne"], hold__isnull=False),
                name="a_dispute_share_names_its_hold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} from {self.pot}"


class DisputeEvidence(models.Model):
    """What we say against a dispute, in words. Written until it is submitted; a new phase opens it again."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="evidence")
    texts = models.JSONField(default=dict, blank=True)
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=80, blank=True, default="")
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "dispute evidence"

    def __str__(self) -> str:
        return f"evidence {self.dispute_id}"


class EvidenceFile(models.Model):
    """A paper of the evidence. Its content is encrypted, and is given only to those who may read disputes."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="files")
    paper = models.CharField(max_length=32, choices=[(paper.value, paper.value) for paper in EvidencePaper])
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(help_text="encrypted")
    uploaded_by = models.CharField(max_length=80)
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "paper"], name="evidence_has_one_file_of_each_paper"),
            models.CheckConstraint(condition=Q(size__gt=0), name="a_file_of_evidence_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
