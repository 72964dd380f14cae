"""Walks every pair of states of a ticket."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.audit.models import AuditEntry
from config.audit.services import move
from config.kernel.states import MoveNotAllowed
from orders.order.models import OrderLine
from orders.tests.factories import AT, make_order, make_tickets, traces
from orders.tickets.models import Ticket
from orders.tickets.states import KEPT, OUT, PROMISED, TICKET_STATES, TicketStatus

# MONEY §2, the row of the ticket, written out once more.
ALLOWED = {
    ("listed", "reserved"), ("listed", "void"),
    ("reserved", "in_escrow"), ("reserved", "listed"), ("reserved", "void"),
    ("in_escrow", "transferring"), ("in_escrow", "released_back_to_seller"), ("in_escrow", "void"),
    ("transferring", "delivered"), ("transferring", "cancelling"), ("transferring", "released_back_to_seller"),
    ("transferring", "review"),
    ("cancelling", "delivered"), ("cancelling", "released_back_to_seller"), ("cancelling", "review"),
    ("review", "delivered"), ("review", "released_back_to_seller"), ("review", "void"),
    ("released_back_to_seller", "listed"), ("released_back_to_seller", "void"),
}  # fmt: skip


def stands(status: str) -> Ticket:
    """A ticket that is so, past its table, with what the constraints want there."""
    (ticket,) = make_tickets()
    line = OrderLine.objects.get(order=make_order()) if status in PROMISED else None
    Ticket._base_manager.filter(pk=ticket.pk).update(status=status, line=line)
    ticket.refresh_from_db()
    return ticket


def line_for(target: str, ticket: Ticket) -> dict[str, Any]:
    if target not in PROMISED:
        return {"line": None}
    return {"line": ticket.line or OrderLine.objects.get(order=make_order())}


class TestTicketStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert {(origin, target) for origin, target, ok in TICKET_STATES.pairs() if ok} == ALLOWED
        assert set(TICKET_STATES.states) == set(TicketStatus.values)
        assert TICKET_STATES.final == {"delivered", "void"}
        assert OUT < KEPT
        assert {"delivered"} == PROMISED - KEPT

    @pytest.mark.django_db
    @pytest.mark.parametrize("origin", TicketStatus.values)
    def test_every_pair(self, origin: str) -> None:
        for _, target, allowed in (pair for pair in TICKET_STATES.pairs() if pair[0] == origin):
            ticket = stands(origin)
            changes = line_for(target, ticket)
            if not allowed:
                before = traces()
                with pytest.raises(MoveNotAllowed):
                    move(ticket, to=target, actor="test", at=AT, **changes)
                assert traces() == before
                continue
            assert move(ticket, to=target, actor="test", at=AT, reason="why", **changes)
            ticket.refresh_from_db()
            entry = AuditEntry.objects.get(subject_id=ticket.public_id, act="move")
            assert ticket.status == target
            assert (entry.from_state, entry.to_state, entry.actor, entry.reason) == (origin, target, "test", "why")

    @pytest.mark.django_db
    def test_a_fact_told_twice_writes_nothing(self) -> None:
        for status in TicketStatus.values:
            ticket = stands(status)
            before = traces()
            assert not move(ticket, to=status, actor="test", at=AT)
            assert traces() == before

    @pytest.mark.django_db
    @pytest.mark.parametrize("status", sorted(PROMISED))
    def test_who_is_promised_names_the_line_and_nobody_else_does(self, status: str) -> None:
        (ticket,) = make_tickets()
        line = OrderLine.objects.get(order=make_order())
        rows = Ticket._base_manager.filter(pk=ticket.pk)
        for wrong in ({"status": status, "line": None}, {"status": "listed", "line": line}):
            named = "a_ticket_names_an_order_line_exactly_while_promised"
            with pytest.raises(IntegrityError, match=named), transaction.atomic():
                rows.update(**wrong)
