"""Tickets of one part go to a transfer provider, in the commit of the intent to send them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from config.audit.services import move
from config.kernel.errors import Conflict, NotFound, Refused
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import lock_fulfilment
from orders.fulfilment.services import NotAwaiting
from orders.order.models import OrderLine
from orders.order.queries import lock_order
from orders.tickets import rules
from orders.tickets.models import Ticket
from orders.tickets.queries import tickets_of
from orders.tickets.states import TicketStatus


class PartRefunded(Conflict):
    """Some of this part's money went back to the buyer: its tickets stay with us."""

    code = "part_refunded"


class TicketsNotInEscrow(Conflict):
    """Not all tickets of this part are in escrow."""

    code = "tickets_not_in_escrow"


class TicketFoundInvalid(Conflict):
    """One of these tickets lets nobody in: its part of the order is cancelled, or waits for that."""

    code = "ticket_found_invalid"


_REFUSALS: dict[str, type[Refused]] = {
    error.code: error for error in (NotAwaiting, PartRefunded, TicketsNotInEscrow, TicketFoundInvalid)
}


def send_out(*, fulfilment: Fulfilment, actor: str, at: datetime, reason: str = "") -> list[Ticket]:
    """Moves all tickets of a part to `transferring`, in the caller's transaction, which commits the intent of the
    transfer with it: from here on only the provider's word says what became of them. Returns them.

    Locks order, part and tickets; `fulfilment` is brought up to date. Raises NotAwaiting, PartRefunded,
    TicketsNotInEscrow, TicketFoundInvalid, NotFound for a part without tickets, and what those of BEFORE_TRANSFER
    refuse with.
    """
    with transaction.atomic():
        order = lock_order(fulfilment.order.public_id)
        locked = lock_fulfilment(fulfilment.pk)
        fulfilment.refresh_from_db(fields=["status", "is_ticketed"])
        if not locked.is_ticketed:
            raise NotFound("this part has no tickets")
        tickets = list(tickets_of(locked.pk))
        lines = OrderLine.objects.filter(fulfilment=locked)
        verdict = rules.may_send_out(
            fulfilment_status=locked.status,
            order_status=order.status,
            tickets=[ticket.status for ticket in tickets],
            refunded_minor=sum(lines.values_list("refunded_minor", flat=True)),
            any_invalid=any(ticket.is_invalid for ticket in tickets),
        )
        if not verdict:
            raise _REFUSALS[verdict.code](verdict.detail)
        for objection in settings.BEFORE_TRANSFER:
            import_string(objection)(fulfilment=locked)
        for ticket in tickets:
            move(ticket, to=TicketStatus.TRANSFERRING, actor=actor, at=at, reason=reason)
    return tickets
