"""Transfers on the operator site: what is shown, what never is, and who may say who has the tickets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from config.papers.tests.test_papers import PDF
from orders.tests.factories import force, item, make_paid_order, make_product
from orders.tickets.conftest import Hands
from orders.tickets.models import Ticket
from orders.tickets.services.listing import list_tickets, void_ticket
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import deny_receipt, hand_in_proof
from orders.tickets.transfers.services.tests.telling import fresh, send, take_back
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


@pytest.mark.django_db
class TestAsk:
    def test_makes_the_next_sweep_ask(self, played: Played) -> None:
        row = send(make_transfer())
        TicketTransfer.objects.update(ask_at="2100-01-01T00:00:00Z")
        assert "within a minute" in text_of(confirm(as_role(Role.OPERATIONS), row, "ask", reason="the buyer wrote"))
        row = fresh(row)
        assert row.ask_at is not None
        assert row.ask_at.year < 2100

    def test_is_for_those_who_settle_calls(self, played: Played) -> None:
        assert as_role(Role.SUPPORT).get(act_of(send(make_transfer()), "ask")).status_code == 403


@pytest.mark.django_db(transaction=True)
class TestSettle:
    """A rehearsal needs a connection without a transaction."""

    @pytest.mark.parametrize(
        ("act", "role", "status"), [("accepted", Role.OPERATIONS, "accepted"), ("ended", Role.OPERATIONS, "cancelled")]
    )
    def test_shows_its_effect_and_does_it(self, by_hand: TicketTransfer, act: str, role: Role, status: str) -> None:
        deny_receipt(transfer_pk=by_hand.pk, actor="user:buyer", reason="nothing came", at=LATER)
        client = as_role(role)
        assert "You say for good" in text_of(client.get(act_of(by_hand, act)))
        assert fresh(by_hand).status == "review"
        confirm(client, by_hand, act, reason="asked both")
        assert fresh(by_hand).status == status

    @pytest.mark.parametrize(("part", "words"), [("cancelled", "becomes void"), ("review", "part is delivered")])
    def test_says_what_it_means_that_the_buyer_has_them(self, played: Played, part: str, words: str) -> None:
        row = make_transfer()
        force(row.fulfilment, part)
        TicketTransfer._base_manager.filter(pk=row.pk).update(status="review")
        assert words in text_of(as_role(Role.OPERATIONS).get(act_of(row, "accepted")))

    def test_is_for_those_who_may_and_for_reviews_alone(self, played: Played) -> None:
        row = send(make_transfer())
        take_back(row)
        assert as_role(Role.FINANCE).get(act_of(row, "accepted")).status_code == 403
        confirm(as_role(Role.OPERATIONS), row, "accepted", reason="asked both")
        assert fresh(row).status == "cancelling"
