"""Where tickets are while an order goes on: reserved, in escrow, with a provider, with the buyer, back with the seller.

Each verb runs in its caller's transaction, which holds the locks of the order and of its parts. Where a ticket comes on
the shelf or leaves it, the stock of its listing follows in the same commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from config.audit.services import move
from orders.catalog.services import OutOfStock
from orders.fulfilment.models import Fulfilment
from orders.order.models import OrderLine
from orders.tickets.models import Ticket
from orders.tickets.queries import lock_tickets
from orders.tickets.states import OUT, TicketStatus

S = TicketStatus


class _TooFew(Exception):
    """Not as many as are wanted were free of others' locks."""


def reserve_tickets(*, lines: Sequence[OrderLine], actor: str, at: datetime) -> None:
    """Promises as many concrete tickets of each line's listing as it has pieces, all or none; its caller takes them
    from the stock afterwards. Raises OutOfStock."""
    with transaction.atomic():
        for line in sorted(lines, key=lambda line: line.product_id):
            for ticket in _lock_listed(line):
                move(ticket, to=S.RESERVED, actor=actor, at=at, line=line, facts={"order": line.order.public_id})


def _lock_listed(line: OrderLine) -> list[Ticket]:
    """The oldest listed ones. First those that nobody has locked, so that buyers of one listing do not queue for the
    same ticket; where these are too few, others may give back what they have locked, so that one waits for them, by
    ascending id and holding none."""
    listed = Ticket.objects.filter(product_id=line.product_id, status=S.LISTED).order_by("pk")
    try:
        with transaction.atomic():
            return _enough(list(listed.select_for_update(skip_locked=True)[: line.quantity]), line.quantity)
    except _TooFew:
        pass  # the locks went with the savepoint
    try:
        return _enough(list(listed.select_for_update()[: line.quantity]), line.quantity)
    except _TooFew:
        raise OutOfStock(f"{line.sku} has fewer than {line.quantity} left", field="items", sku=line.sku) from None


def _enough(found: list[Ticket], quantity: int) -> list[Ticket]:
    if len(found) < quantity:
        raise _TooFew
    return found


def keep_in_escrow(parts: Iterable[Fulfilment], *, actor: str, at: datetime, reason: str = "") -> None:
    """The order was paid: what it had reserved is kept for the buyer."""
    for ticket in _lock(parts):
        move(ticket, to=S.IN_ESCROW, actor=actor, at=at, reason=reason)


def hand_over(part: Fulfilment, *, actor: str, at: datetime, reason: str = "") -> None:
    """The buyer has all of them. What never went out was handed over past every provider, as a person of ours says."""
    for ticket in _lock([part]):
        if ticket.status == S.IN_ESCROW:
            move(ticket, to=S.TRANSFERRING, actor=actor, at=at, reason=reason)
        move(ticket, to=S.DELIVERED, actor=actor, at=at, reason=reason)


def call_back(part: Fulfilment, *, actor: str, at: datetime, reason: str = "") -> bool:
    """The part is being cancelled: what is out is called back. Whether anything is."""
    tickets = _lock([part])
    for ticket in tickets:
        if ticket.status == S.TRANSFERRING:
            move(ticket, to=S.CANCELLING, actor=actor, at=at, reason=reason)
    return any(ticket.status in OUT for ticket in tickets)


def leave_to_a_person(part: Fulfilment, *, actor: str, at: datetime, reason: str = "") -> None:
    """Nobody knows where they are."""
    for ticket in _lock([part]):
        if ticket.status in (S.TRANSFERRING, S.CANCELLING):
            move(ticket, to=S.REVIEW, actor=actor, at=at, reason=reason)


def give_back(parts: Iterable[Fulfilment], *, actor: str, at: datetime, reason: str = "") -> Counter[int]:
    """These parts are cancelled and nothing of them is out: what was only reserved is listed again, what was paid for
    is its seller's, and what was found invalid is void. Returns product's primary key → how many came back on the
    shelf, for the stock."""
    shelved: Counter[int] = Counter()
    for ticket in _lock(parts):
        facts = {"line": ticket.line_id}
        if ticket.is_invalid:
            move(ticket, to=S.VOID, actor=actor, at=at, reason=reason, facts=facts, line=None)
        elif ticket.status == S.RESERVED:
            move(ticket, to=S.LISTED, actor=actor, at=at, reason=reason, facts=facts, line=None)
            shelved[ticket.product_id] += 1
        else:
            move(ticket, to=S.RELEASED_BACK, actor=actor, at=at, reason=reason, facts=facts, line=None)
    return shelved


def _lock(parts: Iterable[Fulfilment]) -> list[Ticket]:
    return lock_tickets([part.pk for part in parts if part.is_ticketed])
