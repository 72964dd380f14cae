"""The life of a reversal of a transfer."""

from django.db import models

from config.kernel.states import StateTable


class ReversalStatus(models.TextChoices):
    PROPOSED = "proposed"
    APPROVED = "approved"
    SENDING = "sending"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELLED = "cancelled"


S = ReversalStatus
REVERSAL_STATES = StateTable.of(
    "reversal",
    initial=S.PROPOSED,
    moves={
        S.PROPOSED: {S.APPROVED, S.CANCELLED},
        S.APPROVED: {S.SENDING, S.CANCELLED},
        S.SENDING: {S.SUCCEEDED, S.DECLINED, S.APPROVED},  # approved again: nothing was executed
        S.SUCCEEDED: (),
        S.DECLINED: (),
        S.CANCELLED: (),
    },
)
# Whoever asks for another one waits until it is over.
OPEN = (S.PROPOSED, S.APPROVED, S.SENDING)
