"""The life of a payment: one object at one gateway."""

from django.db import models

from config.kernel.states import StateTable


class PaymentStatus(models.TextChoices):
    CREATED = "created"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVERSED = "reversed"


S = PaymentStatus
PAYMENT_STATES = StateTable.of(
    "payment",
    initial=S.CREATED,
    moves={
        S.CREATED: {S.PENDING, S.CAPTURED, S.FAILED, S.CANCELLED, S.EXPIRED},
        S.PENDING: {S.AUTHORIZED, S.CAPTURED, S.FAILED, S.CANCELLED, S.EXPIRED},
        S.AUTHORIZED: {S.CAPTURED, S.CANCELLED, S.EXPIRED},
        # A retry on the same object, or a late authorisation.
        S.FAILED: {S.PENDING, S.AUTHORIZED, S.CAPTURED},
        # The gateway is right: money after a closed payment is unapplied.
        S.CANCELLED: {S.AUTHORIZED, S.CAPTURED},
        S.EXPIRED: {S.AUTHORIZED, S.CAPTURED},
        S.CAPTURED: {S.REVERSED},
        S.REVERSED: (),
    },
)
OPEN = (S.CREATED, S.PENDING, S.AUTHORIZED)
