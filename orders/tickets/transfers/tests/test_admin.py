"""Transfers on the operator site: what is shown, what never is, and who may say who has the tickets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from config.papers.tests.test_papers import PDF
from orders.tests.factories import force, item, make_paid_order, make_product
from orders.tickets.conftest import Hands
from orders.tickets.models import Ticket
from orders.tickets.services.listing import list_tickets, void_ticket
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import hand_in_proof
from orders.tickets.transfers.services.tests.telling import fresh, send
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

LATER = AT + timedelta(minutes=5)


def proof_url(row: TicketTransfer) -> str:
    return reverse("admin:orders_tickettransfer_proof", args=[row.pk])


@pytest.fixture
def by_hand(hands: Hands) -> TicketTransfer:
    row = send(make_transfer(provider="manual"))
    hand_in_proof(transfer_pk=row.pk, name="sent.pdf", content=PDF, actor="user:seller", at=LATER)
    return fresh(row)


@pytest.mark.django_db
class TestPage:
    def test_says_where_it_stands_and_what_was_asked(self, played: Played) -> None:
        row = send(make_transfer())
        text = text_of(as_role(Role.OPERATIONS).get(page_of(row)))
        for shown in ("1 ticket by played to a…@example.com", "initiated", "transfer.create", "must accept"):
            assert shown in text
        assert "ann@example.com" not in text

    def test_shows_no_barcode(self, played: Played) -> None:
        [ticket] = list_tickets(
            product_id=make_product(stock=0).pk, tickets=[{"barcode": "SEAT-0001-ABC", "seat": "7"}], actor="t", at=AT
        )
        row = send(make_transfer(tickets=(ticket.public_id,)))
        text = text_of(as_role(Role.OPERATIONS).get(page_of(row)))
        assert ticket.public_id in text
        assert "seat 7" in text
        assert "SEAT-0001-ABC" not in text

    def test_says_where_the_same_barcode_is_by_now(self, played: Played) -> None:
        """Its provider had given it back, and it was listed anew: who finds out who has it sees both."""
        listing = make_product(stock=0)
        tickets = [{"barcode": "SEAT-0001-ABC", "seat": "7"}]
        [first] = list_tickets(product_id=listing.pk, tickets=tickets, actor="t", at=AT)
        void_ticket(ticket_pk=first.pk, actor="t", at=AT)
        [second] = list_tickets(product_id=listing.pk, tickets=tickets, actor="t", at=AT)
        order = make_paid_order(item(listing))
        Ticket.objects.filter(pk=second.pk).update(is_invalid=True)
        row = make_transfer(tickets=(first.public_id,))
        force(row.fulfilment, "cancelled")
        TicketTransfer._base_manager.filter(pk=row.pk).update(status="review", told="accepted")
        text = text_of(as_role(Role.OPERATIONS).get(page_of(row)))
        for shown in (
            first.public_id,
            second.public_id,
            order.public_id,
            "found invalid",
            "on sale nowhere",
            "Refunds",
        ):
            assert shown in text

    def test_is_listed_and_found(self, played: Played) -> None:
        row = send(make_transfer())
        client = as_role(Role.AUDITOR)
        for query in ({"status__exact": "initiated"}, {"q": row.public_id}, {"q": row.provider_id or ""}):
            assert row.public_id in client.get(list_of(TicketTransfer), query).content.decode()

    def test_is_not_for_those_who_may_not_see_orders(self, played: Played) -> None:
        row = send(make_transfer())
        assert as_role(Role.SELLER).get(page_of(row)).status_code in (302, 403)


@pytest.mark.django_db
class TestProof:
    def test_is_named_and_given_to_be_saved(self, by_hand: TicketTransfer) -> None:
        client = as_role(Role.SUPPORT)
        text = text_of(client.get(page_of(by_hand)))
        assert "sent.pdf" in text
        assert "a proof was shown" in text
        response = client.get(proof_url(by_hand))
        assert (response.content, response["Content-Type"]) == (PDF, "application/pdf")
        assert response["Content-Disposition"].startswith("attachment")

    def test_there_is_none_where_nobody_showed_one(self, played: Played) -> None:
        assert as_role(Role.SUPPORT).get(proof_url(send(make_transfer()))).status_code == 404

    def test_is_for_those_who_see_orders(self, by_hand: TicketTransfer) -> None:
        assert as_role(Role.SELLER).get(proof_url(by_hand)).status_code in (302, 403)
