"""What tickets have of a person: barcodes of what they sold or bought, and what of theirs is in custody."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from config.accounts.models import User
from config.erasure.contract import counted
from orders.tickets.models import Ticket
from orders.tickets.services.forgetting import forget, with_barcodes
from orders.tickets.states import KEPT
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus


def open_things(*, person: User) -> list[str]:
    """Tickets that they gave into custody, and what they bought and have not been to: without its barcode nobody could
    enter, nor could we refuse whoever lists it again. What is not theirs yet is open with its order."""
    kept = Ticket.objects.filter(seller=person, status__in=KEPT).count()
    to_come = with_barcodes().filter(_bought(person), passed_on=False, event_at__gt=Now()).count()
    return [
        *counted(kept, "ticket of theirs is in custody", "tickets of theirs are in custody"),
        *counted(to_come, "ticket of theirs is for an event to come", "tickets of theirs are for events to come"),
    ]


def erase(*, person: User, batch: int, at: datetime) -> int:
    """The barcodes of what they have: what they bought to an event that is over, and what they had on sale and kept.
    One that they sold, or that its provider says to be with somebody who bought it, is that buyer's, who enters with
    it. One of which nobody said when it lets somebody in names nobody; without it who sold it could sell it again. All
    these are forgotten with the others, by age."""
    had = with_barcodes().filter(Q(seller=person, line=None), ~Exists(_said_to_be_sold()))
    bought = with_barcodes().filter(_bought(person), Q(event_at__lte=at) | Q(passed_on=True))
    gone = forget(had, batch)
    return gone + (forget(bought, batch - gone) if gone < batch else 0)


def _said_to_be_sold() -> QuerySet[TicketTransfer]:
    return TicketTransfer.objects.filter(
        fulfilment__seller=OuterRef("seller"),
        status=TransferStatus.ACCEPTED,
        ticket_ids__contains=[OuterRef("public_id")],
    )


def _bought(person: User) -> Q:
    return Q(line__order__buyer=person)
