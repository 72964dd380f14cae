"""A person of ours finds that a promised ticket lets nobody in: it becomes void with its part of the order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from config.audit.services import record
from config.kernel.errors import Conflict, Refused
from orders.fulfilment.models import Fulfilment
from orders.tickets import rules
from orders.tickets.models import Ticket
from orders.tickets.queries import lock_tickets


class TicketIsOut(Conflict):
    """A provider has the ticket: it is called back by cancelling its part of the order, and is taken out after that."""

    code = "ticket_is_out"


class TicketNotPromised(Conflict):
    """Nobody was promised the ticket any more, or somebody has it."""

    code = "ticket_not_promised"


_REFUSALS: dict[str, type[Refused]] = {error.code: error for error in (TicketIsOut, TicketNotPromised)}


def check_findable(ticket: Ticket) -> None:
    """Raises TicketIsOut, TicketNotPromised."""
    verdict = rules.may_find_invalid(status=ticket.status)
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)


def find_invalid(
    *, part: Fulfilment, ticket_pk: int, whole_part: bool, actor: str, reason: str, at: datetime
) -> list[Ticket]:
    """Writes down that one ticket of a part, or every one, is invalid, in the caller's transaction, which holds the
    locks of the order and of the part, and cancels it, at once or when a second person approves. From here on it is
    not sent out, and whatever cancels its part makes it void. Returns those of which that was not known.

    Raises TicketIsOut, TicketNotPromised.
    """
    tickets = lock_tickets([part.pk])
    meant = [ticket for ticket in tickets if whole_part or ticket.pk == ticket_pk]
    if all(ticket.pk != ticket_pk for ticket in meant):
        raise TicketNotPromised
    for ticket in meant:
        check_findable(ticket)
    found = [ticket for ticket in meant if not ticket.is_invalid]
    _mark(found, is_invalid=True, act="found_invalid", actor=actor, reason=reason, at=at)
    return found


def take_back_finding(*, parts: Iterable[int], actor: str, reason: str, at: datetime) -> None:
    """What would have cancelled these parts (primary keys) was not approved: their tickets are as good as before. In
    the caller's transaction, which holds the lock of the order."""
    wrong = [ticket for ticket in lock_tickets(list(parts)) if ticket.is_invalid]
    _mark(wrong, is_invalid=False, act="not_invalid", actor=actor, reason=reason, at=at)


def _mark(tickets: list[Ticket], *, is_invalid: bool, act: str, actor: str, reason: str, at: datetime) -> None:
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(is_invalid=is_invalid)
    for ticket in tickets:
        ticket.is_invalid = is_invalid
        record(ticket, act=act, actor=actor, at=at, reason=reason)
