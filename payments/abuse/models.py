"""Where payments came from, which declines they met, and who is blocked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from payments.abuse.rules import Kind
from payments.charges.models import Payment
from payments.methods.models import MethodSetup


def block_id() -> str:
    return new_id("blk")


class PaymentOrigin(models.Model):
    """Who began a payment, or to save a method, by keyed digests; the address also as it is, for who judges a block.
    Forgotten by age."""

    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="origin")
    setup = models.OneToOneField(MethodSetup, null=True, on_delete=models.PROTECT, related_name="origin")
    address = models.BinaryField(max_length=32)
    address_shown = models.CharField(
        max_length=45, blank=True, default="", help_text="for the operator, if it is blocked"
    )
    email = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(payment__isnull=False) ^ Q(setup__isnull=False), name="an_origin_is_of_one_thing"
            ),
        ]
        indexes = [
            models.Index(fields=["address", "-at"], name="origin_address"),
            models.Index(fields=["email", "-at"], name="origin_email"),
            models.Index(fields=["at"], name="origin_age"),
        ]

    def __str__(self) -> str:
        return f"origin of {self.payment_id or self.setup_id}"


class CardDecline(models.Model):
    """One decline that a gateway told us of. The card is a keyed digest of the gateway's fingerprint of it."""

    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="declines")
    setup = models.ForeignKey(MethodSetup, null=True, on_delete=models.PROTECT, related_name="declines")
    event = models.CharField(max_length=255, help_text="the gateway's id of the attempt, or of the event that told it")
    card = models.BinaryField(max_length=32, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "event"], name="a_decline_is_counted_once"),
            models.UniqueConstraint(fields=["setup", "event"], name="a_decline_of_a_setup_is_counted_once"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False) ^ Q(setup__isnull=False), name="a_decline_is_of_one_thing"
            ),
        ]
        indexes = [
            models.Index(fields=["card", "-at"], name="decline_card", condition=Q(card__isnull=False)),
            models.Index(fields=["at"], name="decline_age"),
        ]

    def __str__(self) -> str:
        return f"decline of {self.payment_id or self.setup_id}"


class Block(models.Model):
    """An address or an e-mail that begins no payment until it is over or lifted."""

    public_id = models.CharField(max_length=36, unique=True, default=block_id, editable=False)
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in Kind])
    subject = models.BinaryField(max_length=32, help_text="keyed digest")
    shown = models.CharField(max_length=254, help_text="masked, for the operator")
    why = models.CharField(max_length=200)
    begun_by = models.CharField(max_length=80)
    begun_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=80, blank=True, default="", db_default="")
    refusals = models.PositiveIntegerField(default=0, db_default=0, help_text="payments that it refused")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(Kind)), name="a_block_is_of_a_known_kind"),
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(lifted_at__isnull=True), name="somebody_is_blocked_once"
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="block_standing", condition=Q(lifted_at__isnull=True))]

    def __str__(self) -> str:
        return self.public_id
