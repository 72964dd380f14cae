"""The life of a ticket in custody."""

from django.db import models

from config.kernel.states import StateTable


class TicketStatus(models.TextChoices):
    LISTED = "listed"
    RESERVED = "reserved"
    IN_ESCROW = "in_escrow"
    TRANSFERRING = "transferring"
    CANCELLING = "cancelling"
    REVIEW = "review"
    DELIVERED = "delivered"
    RELEASED_BACK = "released_back_to_seller"
    VOID = "void"


S = TicketStatus
TICKET_STATES = StateTable.of(
    "ticket",
    initial=S.LISTED,
    moves={
        S.LISTED: {S.RESERVED, S.VOID},
        S.RESERVED: {S.IN_ESCROW, S.LISTED, S.VOID},
        S.IN_ESCROW: {S.TRANSFERRING, S.RELEASED_BACK, S.VOID},
        S.TRANSFERRING: {S.DELIVERED, S.CANCELLING, S.RELEASED_BACK, S.REVIEW},
        S.CANCELLING: {S.DELIVERED, S.RELEASED_BACK, S.REVIEW},
        S.REVIEW: {S.DELIVERED, S.RELEASED_BACK, S.VOID},
        S.RELEASED_BACK: {S.LISTED, S.VOID},
        S.DELIVERED: (),
        S.VOID: (),
    },
)
# Promised to somebody: the ticket names the line of the order that it is promised to.
PROMISED = frozenset({S.RESERVED, S.IN_ESCROW, S.TRANSFERRING, S.CANCELLING, S.REVIEW, S.DELIVERED})
# With a transfer provider, who alone knows whether the buyer has it.
OUT = frozenset({S.TRANSFERRING, S.CANCELLING, S.REVIEW})
# In our custody: its barcode is listed nowhere else.
KEPT = frozenset({S.LISTED, S.RESERVED, S.IN_ESCROW}) | OUT
