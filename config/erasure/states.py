"""The life of a request to forget a person."""

from django.db import models

from config.kernel.states import StateTable


class ErasureStatus(models.TextChoices):
    OPEN = "open"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


S = ErasureStatus
ERASURE_STATES = StateTable.of(
    "erasure request",
    initial=S.OPEN,
    moves={S.OPEN: {S.RUNNING, S.REFUSED}, S.RUNNING: {S.DONE}, S.DONE: (), S.REFUSED: ()},
)
UNSETTLED = (S.OPEN, S.RUNNING)
