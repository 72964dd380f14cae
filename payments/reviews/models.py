"""Reviews: a gateway's suspicion of one payment."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from payments.charges.models import GatewayAccount, Payment
from payments.reviews.states import REVIEW_STATES, ReviewKind, ReviewStatus


def review_id() -> str:
    return new_id("rvw")


class Review(models.Model):
    """While one is open, the holds of its payment are frozen."""

    states = REVIEW_STATES

    public_id = models.CharField(max_length=36, unique=True, default=review_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="reviews")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_review_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=24, choices=ReviewKind.choices)
    reason = models.CharField(max_length=80, blank=True, default="", help_text="the gateway's word for its suspicion")
    status = models.CharField(max_length=8, choices=ReviewStatus.choices, default=ReviewStatus.OPEN)
    outcome = models.CharField(max_length=80, blank=True, default="", help_text="why it was closed")
    opened_at = models.DateTimeField(help_text="the gateway's time")
    closed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_review_id"], name="a_gateway_review_is_kept_once"
            ),
            models.CheckConstraint(condition=Q(status__in=ReviewStatus.values), name="a_review_has_a_known_status"),
            models.CheckConstraint(condition=Q(kind__in=ReviewKind.values), name="a_review_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) | Q(status="open", closed_at__isnull=True),
                name="a_review_is_closed_exactly_when_dated",
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="review_open", condition=Q(status="open"))]

    def __str__(self) -> str:
        return self.public_id
