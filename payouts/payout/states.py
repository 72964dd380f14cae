"""The life of a payout."""

from django.db import models

from config.kernel.states import StateTable


class PayoutStatus(models.TextChoices):
    SCHEDULED = "scheduled"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SENDING = "sending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    RETURNED = "returned"
    FAILED = "failed"
    PAID_LATE = "paid_late"
    CANCELLED = "cancelled"


S = PayoutStatus
PAYOUT_STATES = StateTable.of(
    "payout",
    initial=S.SCHEDULED,
    moves={
        S.SCHEDULED: {S.AWAITING_APPROVAL, S.APPROVED, S.CANCELLED},
        S.AWAITING_APPROVAL: {S.APPROVED, S.CANCELLED},
        S.APPROVED: {S.SENDING, S.CANCELLED},
        S.SENDING: {S.IN_TRANSIT, S.PAID, S.FAILED, S.APPROVED},
        S.IN_TRANSIT: {S.PAID, S.FAILED, S.CANCELLED},
        S.PAID: {S.RETURNED},
        S.FAILED: {S.PAID_LATE},
        S.RETURNED: {S.PAID_LATE},
        S.PAID_LATE: {S.RETURNED},
        S.CANCELLED: {S.PAID_LATE},
    },
)
# Its money is frozen and nobody outside was asked for anything yet: it can be taken back.
UNSENT = (S.SCHEDULED, S.AWAITING_APPROVAL, S.APPROVED)
# Its money stands in transit.
FROZEN = (*UNSENT, S.SENDING, S.IN_TRANSIT)
# It ended in a way that somebody has to look at, unless its money went on by itself.
TO_LOOK_AT = (S.FAILED, S.RETURNED, S.PAID_LATE)
# It is over, and the payee's bank does not have it: it is payable again.
ENDED_UNPAID = (S.FAILED, S.CANCELLED, S.RETURNED)
# The payee's bank has it.
BANK_HAS = (S.PAID, S.PAID_LATE)
