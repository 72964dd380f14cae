"""Whose ticket it is to the caller: its seller's, its buyer's, everybody's of ours; strangers learn nothing of it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from rest_framework.request import Request

from config.accounts.models import User
from config.accounts.permissions import permits, permits_everyone
from config.kernel.errors import NotFound
from config.ops.context import bind
from orders.order.doors import Caller, Capacity, caller_of
from orders.tickets.models import Ticket
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import transfer_of


class NoTransfer(NotFound):
    """The tickets of this part are not being transferred."""


def ticket_rows() -> QuerySet[Ticket]:
    """With what is shown of each, newest first."""
    return Ticket.objects.select_related("product", "line__order__buyer", "line__fulfilment").order_by("-id")


def own_ticket(request: Request, ticket_id: str, *, code: str) -> Ticket:
    """A ticket that the caller gave into custody, or any for staff. Raises NotFound."""
    ticket = ticket_rows().filter(public_id=ticket_id).first()
    user = request.user if isinstance(request.user, User) else None
    if ticket is None or user is None or not permits(request, code):
        raise NotFound("there is no such ticket")
    if ticket.seller_id != user.pk and not permits_everyone(request, code):
        raise NotFound("there is no such ticket")
    return ticket


def bought_ticket(request: Request, ticket_id: str, *, code: str, at: datetime) -> tuple[Ticket, Caller]:
    """A ticket whose order the caller placed, signed in or with the order's token. Raises NotFound."""
    ticket = ticket_rows().filter(public_id=ticket_id, line__isnull=False).first()
    if ticket is None or ticket.line is None:
        raise NotFound("there is no such ticket")
    order = ticket.line.order
    user = request.user if isinstance(request.user, User) else None
    if user is not None and order.buyer_id == user.pk and permits(request, code):
        bind(order_id=order.public_id)
        return ticket, Caller(order, Capacity.BUYER, user.actor, user)
    caller = caller_of(request, order_id=order.public_id, code=code, at=at)
    if caller.capacity not in (Capacity.BUYER, Capacity.GUEST):
        raise NotFound("there is no such ticket")
    return ticket, caller


def its_transfer(ticket: Ticket) -> TicketTransfer:
    """The transfer by which its buyer gets it, or last did not. Raises NoTransfer."""
    transfer = transfer_of(ticket.line.fulfilment_id) if ticket.line else None
    if transfer is None:
        raise NoTransfer("its tickets are not being transferred")
    return transfer
