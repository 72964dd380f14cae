"""The life of a bounty."""

from django.db import models

from config.kernel.states import StateTable


class BountyStatus(models.TextChoices):
    ACCRUED = "accrued"
    MATURED = "matured"
    REVERSED = "reversed"


S = BountyStatus
BOUNTY_STATES = StateTable.of(
    "bounty",
    initial=S.ACCRUED,
    moves={
        S.ACCRUED: {S.MATURED, S.REVERSED},
        S.MATURED: {S.REVERSED},
        S.REVERSED: (),
    },
)
