"""The life of a call to the outside world that changes something there."""

from django.db import models

from config.kernel.states import StateTable


class CallStatus(models.TextChoices):
    SENT = "sent"
    SUCCEEDED = "succeeded"
    PENDING = "pending"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"
    UNKNOWN = "unknown"
    REVERSED = "reversed"


S = CallStatus
CALL_STATES = StateTable.of(
    "gateway call",
    initial=S.SENT,
    moves={
        S.SENT: {S.SUCCEEDED, S.PENDING, S.DECLINED, S.NOT_EXECUTED, S.UNKNOWN},
        S.UNKNOWN: {S.SUCCEEDED, S.PENDING, S.DECLINED, S.NOT_EXECUTED},
        S.PENDING: {S.SUCCEEDED, S.DECLINED},
        S.DECLINED: {S.SUCCEEDED},
        S.NOT_EXECUTED: {S.SENT},
        S.SUCCEEDED: {S.REVERSED},
        S.REVERSED: (),
    },
)
OPEN = (S.SENT, S.UNKNOWN, S.PENDING)
