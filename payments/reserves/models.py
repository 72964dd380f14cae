"""What is kept back from payees: on which terms, of which release, and for which dispute."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.money import EXPONENTS
from payments.disputes.models import Dispute
from payments.escrow.models import EscrowHold
from payments.reserves.rules import Terms


class ReserveTerms(models.Model):
    """What is kept back of a seller's releases in one currency. Who has no row has no reserve."""

    owner = models.CharField(max_length=40, help_text="the seller, as the ledger names them")
    currency = models.CharField(max_length=3)
    fixed_minor = models.BigIntegerField(default=0, help_text="stays until the terms change")
    rolling_bps = models.PositiveSmallIntegerField(default=0, help_text="of each release, for `rolling_days`")
    rolling_days = models.PositiveSmallIntegerField(default=0)
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "reserve terms"
        constraints = [
            models.UniqueConstraint(fields=["owner", "currency"], name="a_payee_has_one_reserve_per_currency"),
            models.CheckConstraint(
                condition=Q(currency__in=sorted(EXPONENTS)), name="reserve_terms_are_in_a_known_currency"
            ),
            models.CheckConstraint(condition=Q(fixed_minor__gte=0), name="a_fixed_reserve_is_never_negative"),
            models.CheckConstraint(condition=Q(rolling_bps__lte=10_000), name="a_rolling_reserve_is_a_share"),
            models.CheckConstraint(
                condition=Q(rolling_bps=0, rolling_days=0) | Q(rolling_bps__gt=0, rolling_days__gt=0),
                name="a_rolling_reserve_has_days_exactly_when_it_has_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.currency}"

    @property
    def terms(self) -> Terms:
        return Terms(self.fixed_minor, self.rolling_bps, self.rolling_days)


class ReserveSlice(models.Model):
    """What of one release was kept back. The rolling part is free at `kept_until`, once a sweep has seen it
    (`freed_at`); the fixed part went to the amount that stays, and has no day."""

    hold = models.OneToOneField(EscrowHold, on_delete=models.PROTECT, related_name="reserve_slice")
    owner = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    earned_minor = models.BigIntegerField(help_text="what the release gave the seller, before anything was kept")
    fixed_minor = models.BigIntegerField(default=0)
    rolling_minor = models.BigIntegerField(default=0)
    kept_at = models.DateTimeField(db_default=Now())
    kept_until = models.DateTimeField(null=True, blank=True)
    freed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fixed_minor__gte=0, rolling_minor__gte=0) & (Q(fixed_minor__gt=0) | Q(rolling_minor__gt=0)),
                name="a_slice_keeps_something",
            ),
            models.CheckConstraint(
                condition=Q(earned_minor__gte=F("fixed_minor") + F("rolling_minor")),
                name="a_slice_keeps_no_more_than_its_release_gave",
            ),
            models.CheckConstraint(
                condition=Q(rolling_minor=0, kept_until__isnull=True, freed_at__isnull=True)
                | Q(rolling_minor__gt=0, kept_until__isnull=False),
                name="a_slice_has_a_day_exactly_when_it_rolls",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "currency"],
                name="slice_keeping",
                condition=Q(freed_at__isnull=True, rolling_minor__gt=0),
                include=["rolling_minor"],
            ),
            models.Index(
                fields=["kept_until"], name="slice_due", condition=Q(freed_at__isnull=True, rolling_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fixed_minor + self.rolling_minor} {self.currency} of {self.hold.public_id}"

    @property
    def kept_minor(self) -> int:
        """All that was kept of its release."""
        return self.fixed_minor + self.rolling_minor


class DisputeReserve(models.Model):
    """What is kept back of a seller while a dispute of money that was released to them is open."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="reserves")
    owner = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    kept_minor = models.BigIntegerField()
    kept_at = models.DateTimeField(db_default=Now())
    freed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kept_minor__gt=0), name="a_dispute_reserve_keeps_something"),
            models.UniqueConstraint(
                fields=["dispute", "owner"],
                condition=Q(freed_at__isnull=True),
                name="an_open_dispute_keeps_back_of_a_seller_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "currency"], name="dispute_reserve_keeping", condition=Q(freed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kept_minor} {self.currency} for {self.dispute.public_id}"
