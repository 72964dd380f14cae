"""The lives of a webhook event in the inbox, and of a request to replay many of them."""

from django.db import models

from config.kernel.states import StateTable


class InboxState(models.TextChoices):
    DUE = "due"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FOREIGN = "foreign"
    PARKED = "parked"
    DEAD = "dead"


S = InboxState
INBOX_STATES = StateTable.of(
    "webhook event",
    initial=S.DUE,
    moves={
        S.DUE: {S.PROCESSED, S.IGNORED, S.FOREIGN, S.PARKED, S.DEAD},
        S.PARKED: {S.DUE},
        S.PROCESSED: {S.DUE},
        S.IGNORED: {S.DUE},
        S.FOREIGN: {S.DUE},
        S.DEAD: {S.DUE},
    },
)
REPLAYABLE = frozenset({S.PROCESSED, S.IGNORED, S.FOREIGN, S.DEAD})


class ReplayStatus(models.TextChoices):
    """The life of a request to replay many events at once."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DONE = "done"
    STOPPED = "stopped"
    REJECTED = "rejected"


R = ReplayStatus
REPLAY_STATES = StateTable.of(
    "bulk replay",
    initial=R.REQUESTED,
    moves={
        R.REQUESTED: {R.APPROVED, R.REJECTED},
        R.APPROVED: {R.DONE, R.STOPPED},
        R.DONE: (),
        R.STOPPED: (),
        R.REJECTED: (),
    },
)
