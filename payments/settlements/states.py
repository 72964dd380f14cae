"""The life of a settlement."""

from django.db import models

from config.kernel.states import StateTable


class SettlementStatus(models.TextChoices):
    ANNOUNCED = "announced"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


S = SettlementStatus
SETTLEMENT_STATES = StateTable.of(
    "settlement",
    initial=S.ANNOUNCED,
    moves={
        S.ANNOUNCED: {S.PAID, S.FAILED, S.CANCELLED},
        S.PAID: {S.FAILED},  # the bank sent it back days later
        S.FAILED: (),
        S.CANCELLED: (),
    },
)
# The gateway has the money again.
RETURNED = (S.FAILED, S.CANCELLED)
