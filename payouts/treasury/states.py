"""The life of a movement of our own money to a float."""

from django.db import models

from config.kernel.states import StateTable


class FloatMoveStatus(models.TextChoices):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


S = FloatMoveStatus
FLOAT_MOVE_STATES = StateTable.of(
    "float move",
    initial=S.PROPOSED,
    moves={S.PROPOSED: {S.CONFIRMED, S.DECLINED}, S.CONFIRMED: (), S.DECLINED: ()},
)
