"""The life of a destination: where a payee's money is sent to."""

from django.db import models

from config.kernel.states import StateTable


class DestinationStatus(models.TextChoices):
    PROPOSED = "proposed"
    VERIFYING = "verifying"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    RETIRED = "retired"


S = DestinationStatus
DESTINATION_STATES = StateTable.of(
    "destination",
    initial=S.PROPOSED,
    moves={
        S.PROPOSED: {S.VERIFYING, S.REJECTED, S.RETIRED},  # a second person, or the payee's first one
        S.VERIFYING: {S.ACTIVE, S.REJECTED, S.RETIRED},  # the rail looked at it
        S.ACTIVE: {S.SUSPENDED, S.RETIRED},
        S.SUSPENDED: {S.ACTIVE, S.RETIRED},  # the rail wants something of the payee first
        S.REJECTED: (),
        S.RETIRED: (),
    },
)
# One of these per payee and currency is where the next payout goes; a newer one retires it only once it is active.
CURRENT = (S.ACTIVE, S.SUSPENDED)
COMING = (S.PROPOSED, S.VERIFYING)
