"""The lives of a saved method and of the setup by which it was saved."""

from django.db import models

from config.kernel.states import StateTable


class MethodStatus(models.TextChoices):
    ACTIVE = "active"
    EXPIRED = "expired"
    BARRED = "barred"
    PAUSED = "paused"
    REPLACED = "replaced"
    DETACHING = "detaching"
    DETACHED = "detached"


M = MethodStatus
METHOD_STATES = StateTable.of(
    "saved method",
    initial=M.ACTIVE,
    moves={
        M.ACTIVE: {M.EXPIRED, M.BARRED, M.PAUSED, M.REPLACED, M.DETACHING, M.DETACHED},
        # The bank gave out a new card, and its network told the gateway.
        M.EXPIRED: {M.ACTIVE, M.BARRED, M.REPLACED, M.DETACHING, M.DETACHED},
        M.BARRED: {M.ACTIVE, M.EXPIRED, M.REPLACED, M.DETACHING, M.DETACHED},
        # The customer or their bank stopped the mandate for a while.
        M.PAUSED: {M.ACTIVE, M.EXPIRED, M.BARRED, M.REPLACED, M.DETACHING, M.DETACHED},
        # Neither is charged any more; the gateway has still to forget it.
        M.REPLACED: {M.DETACHED},
        M.DETACHING: {M.DETACHED},
        M.DETACHED: (),
    },
)
# A person sees these as theirs; one of them may be the default.
KEPT = (M.ACTIVE, M.EXPIRED, M.BARRED, M.PAUSED)
LEAVING = (M.REPLACED, M.DETACHING)


class SetupStatus(models.TextChoices):
    CREATED = "created"
    PENDING = "pending"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


S = SetupStatus
SETUP_STATES = StateTable.of(
    "method setup",
    initial=S.CREATED,
    moves={
        S.CREATED: {S.PENDING, S.FAILED, S.SUCCEEDED, S.CANCELLED},
        S.PENDING: {S.FAILED, S.SUCCEEDED, S.CANCELLED},
        # The customer tries again on the same object.
        S.FAILED: {S.SUCCEEDED, S.CANCELLED},
        S.SUCCEEDED: (),
        # We gave it up, its gateway cannot end it, and the customer came back to it.
        S.CANCELLED: {S.PENDING, S.SUCCEEDED},
    },
)
