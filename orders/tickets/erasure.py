"""What tickets have of a person: barcodes of what they sold or bought, and what of theirs is in custody."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from config.accounts.models import User
from config.erasure.contract import counted
from orders.tickets.models import Ticket
from orders.tickets.services.forgetting import forget, with_barcodes
from orders.tickets.states import KEPT


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
    """The barcodes of what they have: what they bought, and what they had on sale and kept. One that they sold is its
    buyer's, who enters with it; it is forgotten with the others once its event is long over."""
    del at
    return forget(with_barcodes().filter(Q(seller=person, line=None) | _bought(person)), batch)


def _bought(person: User) -> Q:
    return Q(line__order__buyer=person)
