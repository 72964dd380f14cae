"""The life of a refund."""

from django.db import models

from config.kernel.states import StateTable


class RefundStatus(models.TextChoices):
    REQUESTED = "requested"
    APPROVED = "approved"
    SENDING = "sending"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PAID_OTHERWISE = "paid_otherwise"
    VOIDED = "voided"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


S = RefundStatus
REFUND_STATES = StateTable.of(
    "refund",
    initial=S.REQUESTED,
    moves={
        S.REQUESTED: {S.APPROVED, S.REJECTED, S.CANCELLED},
        S.APPROVED: {S.SENDING, S.CANCELLED},
        S.SENDING: {S.PENDING, S.SUCCEEDED, S.FAILED, S.APPROVED},
        S.PENDING: {S.SUCCEEDED, S.FAILED},
        S.SUCCEEDED: {S.FAILED},
        S.FAILED: {S.SENDING, S.PAID_OTHERWISE, S.VOIDED},
        S.PAID_OTHERWISE: (),
        S.VOIDED: (),
        S.REJECTED: (),
        S.CANCELLED: (),
    },
)
# Approved and not yet with the buyer: the books owe it.
OWED = (S.APPROVED, S.SENDING, S.PENDING, S.FAILED)
# The buyer has the money, or is owed it: it counts against what may still be refunded.
LIVE = (*OWED, S.SUCCEEDED, S.PAID_OTHERWISE)
