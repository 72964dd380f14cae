"""The life of a job in the outbox."""

from django.db import models

from config.kernel.states import StateTable


class OutboxState(models.TextChoices):
    DUE = "due"
    DONE = "done"
    DEAD = "dead"
    SKIPPED = "skipped"


S = OutboxState
OUTBOX_STATES = StateTable.of(
    "outbox job",
    initial=S.DUE,
    moves={S.DUE: {S.DONE, S.DEAD}, S.DEAD: {S.DUE, S.SKIPPED}, S.DONE: (), S.SKIPPED: ()},
)
