"""The life of an escrow hold."""

from django.db import models

from config.kernel.states import StateTable


class HoldStatus(models.TextChoices):
    HELD = "held"
    FROZEN = "frozen"
    RELEASED = "released"
    RETURNED = "returned"


S = HoldStatus
HOLD_STATES = StateTable.of(
    "hold",
    initial=S.HELD,
    moves={
        S.HELD: {S.FROZEN, S.RELEASED, S.RETURNED},
        S.FROZEN: {S.HELD, S.RETURNED},
        S.RETURNED: {S.HELD},
        S.RELEASED: (),
    },
)
