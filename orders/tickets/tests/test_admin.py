"""The operator's page of tickets, what it adds to others, and the list of tickets that nobody knows of."""

from __future__ import annotations

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.admin.show import list_url
from orders.order.models import Order
from orders.tests.factories import make_tickets, make_user
from orders.tests.operators import act, list_of, page_of, signed_in, text_of
from orders.tickets.models import Ticket
from orders.tickets.tests.seat import BARCODE
from orders.tickets.transfers.models import TicketTransfer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_page_alone")]


class TestList:
    def test_shows_where_each_is_and_no_barcode(self, operations: Client, ticket: Ticket) -> None:
        other = make_tickets()[0]
        text = text_of(operations.get(f"{list_of(Ticket)}?q={ticket.public_id}"))
        for shown in (ticket.public_id, "listed", "section A · row 12 · seat 7", "••••CRET"):
            assert shown in text
        assert BARCODE not in text
        assert other.public_id not in text

    def test_by_state(self, operations: Client, ticket: Ticket) -> None:
        assert ticket.public_id not in text_of(operations.get(list_url(Ticket, status="void")))
        assert ticket.public_id in text_of(operations.get(list_url(Ticket, status="listed")))

    def test_nobody_without_the_right(self, ticket: Ticket) -> None:
        assert signed_in(make_user(Role.BUYER)).get(list_of(Ticket)).status_code == 302


class TestDetail:
    def test_shows_for_whom_it_is_kept(self, operations: Client, ticket: Ticket, order: Order) -> None:
        text = text_of(operations.get(page_of(ticket)))
        for shown in ("The Band", "in escrow", order.public_id, "It is paid for.", "••••CRET"):
            assert shown in text
        assert BARCODE not in text

    def test_and_how_it_travels(self, operations: Client, ticket: Ticket, order: Order) -> None:
        assert act(operations, ticket, "transfer", provider="manual").status_code == 200
        transfer = TicketTransfer.objects.get()
        ticket.refresh_from_db()
        assert (ticket.status, transfer.fulfilment) == ("transferring", order.fulfilments.get())
        assert transfer.public_id in text_of(operations.get(page_of(ticket)))

    def test_says_where_a_barcode_is_forgotten(self, operations: Client, ticket: Ticket) -> None:
        Ticket.objects.update(barcode_sealed=None, barcode_digest=None, barcode_key="")
        assert "forgotten" in text_of(operations.get(page_of(ticket)))
