"""One seller's part of one order: delivered, completed or cancelled as a whole, and paid from one hold."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from orders.fulfilment.states import FULFILMENT_STATES, FulfilmentStatus


def fulfilment_id() -> str:
    return new_id("ful")


class Fulfilment(models.Model):
    """`deliver_by` is frozen when the capture is booked; `release_at` when it was delivered (both UTC)."""

    states = FULFILMENT_STATES

    public_id = models.CharField(max_length=36, unique=True, default=fulfilment_id, editable=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="fulfilments")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="fulfilments")
    status = models.CharField(max_length=12, choices=FulfilmentStatus.choices, default=FulfilmentStatus.AWAITING)
    amount_minor = models.BigIntegerField(help_text="sum of its lines, in the order's currency")
    is_ticketed = models.BooleanField(
        default=False, db_default=False, help_text="tickets are among it: it arrives by their transfer"
    )
    deliver_by = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    release_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # The seller comes first, so that a seller's orders are read newest first from this very index.
            models.UniqueConstraint(fields=["seller", "order"], name="one_fulfilment_per_order_and_seller"),
            models.CheckConstraint(
                condition=Q(status__in=FulfilmentStatus.values), name="a_fulfilment_has_a_known_status"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_fulfilment_is_worth_something"),
            models.CheckConstraint(
                condition=~Q(status__in=["delivered", "completed"]) | Q(delivered_at__isnull=False),
                name="a_delivered_fulfilment_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["deliver_by"],
                name="fulfilment_deliver_by",
                condition=Q(status="awaiting", deliver_by__isnull=False),
            ),
            models.Index(fields=["release_at"], name="fulfilment_release", condition=Q(status="delivered")),
            models.Index(fields=["seller", "-id"], name="fulfilment_seller"),
            models.Index(fields=["status", "-id"], name="fulfilment_status"),
            models.Index(
                fields=["-delivered_at"], name="fulfilment_delivered", condition=Q(delivered_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
