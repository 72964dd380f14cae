"""What tickets have of a person: barcodes of what they sold or bought, and what of theirs is in custody."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from config.accounts.models import User
from config.erasure.contract import counted
from orders.tickets.models import Ticket
from orders.tickets.services.forgetting import forget, with_barcodes
from orders.tickets.states import KEPT


def open_things(*, person: User) -> list[str]:
    """Tickets that they gave into custody. What they bought is open with its order."""
    kept = Ticket.objects.filter(seller=person, status__in=KEPT).count()
    return counted(kept, "ticket of theirs is in custody", "tickets of theirs are in custody")


def erase(*, person: User, batch: int, at: datetime) -> int:
    """The barcodes of what they sold and of what they bought."""
    del at
    return forget(with_barcodes().filter(Q(seller=person) | Q(line__order__buyer=person)), batch)
