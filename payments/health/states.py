"""The life of a circuit breaker."""

from django.db import models

from config.kernel.states import StateTable


class BreakerStatus(models.TextChoices):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Forced(models.TextChoices):
    """What an operator decided, whatever the figures say."""

    NOT = "", "by itself"
    OPEN = "open", "held open"
    CLOSED = "closed", "held closed"


S = BreakerStatus
BREAKER_STATES = StateTable.of(
    "circuit breaker",
    initial=S.CLOSED,
    moves={
        S.CLOSED: {S.OPEN},
        S.OPEN: {S.HALF_OPEN, S.CLOSED},
        S.HALF_OPEN: {S.CLOSED, S.OPEN},
    },
)
