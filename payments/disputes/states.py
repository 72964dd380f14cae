"""The life of a dispute. These are labels: money moves by the gateway's own entries alone."""

from __future__ import annotations

from django.db import models

from config.kernel.states import StateTable


class DisputeStatus(models.TextChoices):
    INQUIRY = "inquiry"
    INQUIRY_CLOSED = "inquiry_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


S = DisputeStatus
DISPUTE_STATES = StateTable.of(
    "dispute",
    initial=S.INQUIRY,
    moves={
        S.INQUIRY: {S.INQUIRY_CLOSED, S.NEEDS_RESPONSE, S.PREVENTED},
        S.NEEDS_RESPONSE: {S.UNDER_REVIEW, S.WON, S.LOST, S.PREVENTED},
        S.UNDER_REVIEW: {S.NEEDS_RESPONSE, S.WON, S.LOST},  # the first: its next phase
        S.WON: {S.NEEDS_RESPONSE},  # pre-arbitration
        S.LOST: {S.UNDER_REVIEW, S.WON},  # an appeal
        S.INQUIRY_CLOSED: (),
        S.PREVENTED: (),
    },
)
# Undecided: the holds of the payment are frozen, and no refund of it is sent.
OPEN = (S.INQUIRY, S.NEEDS_RESPONSE, S.UNDER_REVIEW)
# Where evidence is waited for.
ANSWERABLE = (S.INQUIRY, S.NEEDS_RESPONSE)
# Where two labels are of the same second, the later in this order is the later one.
RANK = {
    S.INQUIRY: 0,
    S.NEEDS_RESPONSE: 1,
    S.UNDER_REVIEW: 2,
    S.INQUIRY_CLOSED: 3,
    S.PREVENTED: 4,
    S.LOST: 5,
    S.WON: 6,
}
