"""The life of a hand-over by hand, and who moves it on."""

from django.db import models

from config.kernel.states import StateTable


class HandOverStatus(models.TextChoices):
    INITIATED = "initiated"  # the seller must hand over, and show that
    PENDING = "pending"  # the seller showed a proof; the buyer must confirm
    ACCEPTED = "accepted"  # the buyer has the tickets
    DECLINED = "declined"  # the buyer wants none, and nothing was shown; our own door takes no such word
    EXPIRED = "expired"  # nothing was shown in time
    CANCELLED = "cancelled"  # taken back: before a proof by us, afterwards by the seller's own word
    NEEDS_REVIEW = "needs_review"  # a proof against the buyer's word: a person decides


S = HandOverStatus
# Once there is a proof, each side is believed only in what is against its own interest: the buyer that they have the
# tickets, the seller that they never gave them away. Nobody gets money back on their own word alone.
HAND_OVER_STATES = StateTable.of(
    "hand-over",
    initial=S.INITIATED,
    moves={
        S.INITIATED: {S.PENDING, S.ACCEPTED, S.DECLINED, S.EXPIRED, S.CANCELLED},
        S.PENDING: {S.ACCEPTED, S.CANCELLED, S.NEEDS_REVIEW},
        S.NEEDS_REVIEW: {S.ACCEPTED, S.CANCELLED},
        S.ACCEPTED: (),
        S.DECLINED: (),
        S.EXPIRED: (),
        S.CANCELLED: (),
    },
)
