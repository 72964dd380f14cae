"""The life of what somebody says that the bank did with a payout."""

from django.db import models

from config.kernel.states import StateTable


class ResultStatus(models.TextChoices):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


S = ResultStatus
RESULT_STATES = StateTable.of(
    "bank result",
    initial=S.PROPOSED,
    moves={S.PROPOSED: {S.CONFIRMED, S.DECLINED}, S.CONFIRMED: (), S.DECLINED: ()},
)
