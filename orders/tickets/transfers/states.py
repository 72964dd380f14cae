"""The life of our transfer of one part of an order."""

from django.db import models

from config.kernel.states import StateTable


class TransferStatus(models.TextChoices):
    STARTING = "starting"  # ours is committed; the provider may not have it yet
    INITIATED = "initiated"
    PENDING = "pending"
    CANCELLING = "cancelling"  # we want it back; only the provider's word ends it
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"  # the provider never made it, or gave it up
    REVIEW = "review"  # nobody knows, or two words contradict each other: a person decides


S = TransferStatus
_DECIDED = {S.ACCEPTED, S.DECLINED, S.EXPIRED, S.CANCELLED, S.FAILED}
TRANSFER_STATES = StateTable.of(
    "ticket transfer",
    initial=S.STARTING,
    moves={
        S.STARTING: {S.INITIATED, S.PENDING, S.CANCELLING, S.REVIEW, *_DECIDED},
        S.INITIATED: {S.PENDING, S.CANCELLING, S.REVIEW, *_DECIDED},
        S.PENDING: {S.CANCELLING, S.REVIEW, *_DECIDED},
        S.CANCELLING: {S.REVIEW, *_DECIDED},
        # By a person alone.
        S.REVIEW: {S.ACCEPTED, S.CANCELLED},
        # Another word after the last one: never undone by the machine.
        S.ACCEPTED: {S.REVIEW},
        S.DECLINED: {S.REVIEW},
        S.EXPIRED: {S.REVIEW},
        S.CANCELLED: {S.REVIEW},
        S.FAILED: {S.REVIEW},
    },
)
# The provider may have it, and the recipient may still accept.
OPEN = (S.INITIATED, S.PENDING)
# Nobody knows yet what becomes of it.
LIVE = (S.STARTING, *OPEN, S.CANCELLING, S.REVIEW)
# The recipient has nothing, and gets nothing by it.
ENDED = (S.DECLINED, S.EXPIRED, S.CANCELLED, S.FAILED)
