"""The life of a fulfilment: what one seller owes one buyer of one order."""

from django.db import models

from config.kernel.states import StateTable


class FulfilmentStatus(models.TextChoices):
    AWAITING = "awaiting"
    CANCELLING = "cancelling"
    REVIEW = "review"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


S = FulfilmentStatus
FULFILMENT_STATES = StateTable.of(
    "fulfilment",
    initial=S.AWAITING,
    moves={
        S.AWAITING: {S.DELIVERED, S.CANCELLING},
        S.CANCELLING: {S.CANCELLED, S.DELIVERED, S.REVIEW},
        S.REVIEW: {S.DELIVERED, S.CANCELLED},
        S.DELIVERED: {S.COMPLETED},
        S.COMPLETED: (),
        S.CANCELLED: (),
    },
)
