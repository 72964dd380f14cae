"""A barcode is shown to who says why, with a trace, and to its buyer once it is theirs and came by hand."""

from __future__ import annotations

from typing import Any

import pytest

from config.audit.models import AuditEntry
from orders.fulfilment.services import ReasonWanted
from orders.tests.factories import AT, item, make_paid_order, make_product, make_tickets, traces
from orders.tickets.models import Ticket
from orders.tickets.services.revealing import BarcodeForgotten, barcode_for_buyer, reveal_barcode
from orders.tickets.states import TicketStatus
from orders.tickets.transfers.models import TicketTransfer

pytestmark = pytest.mark.django_db
BARCODE = "SEAT-0001-SECRET"


def a_ticket() -> Ticket:
    (made,) = make_tickets(product=make_product(stock=0), tickets=[{"barcode": BARCODE}])
    return made


def sold(status: str = "delivered", **transfer: Any) -> Ticket:
    """Sold, and with a transfer where one is described."""
    ticket = a_ticket()
    part = make_paid_order(item(ticket.product)).fulfilments.get()
    Ticket.objects.update(status=status)
    if transfer:
        given = {"status": "accepted", "ended_at": AT, "ticket_ids": [ticket.public_id], "expires_at": AT}
        TicketTransfer.objects.create(fulfilment=part, started_by="test", **{**given, **transfer})
    ticket.refresh_from_db()
    return ticket


class TestReveal:
    def test_shows_it_and_keeps_who_saw_it_and_why_but_not_what(self) -> None:
        ticket = a_ticket()
        assert reveal_barcode(ticket=ticket, actor="user:ops", reason="the gate asks", at=AT) == BARCODE
        entry = AuditEntry.objects.get(act="barcode_revealed")
        assert (entry.subject_id, entry.actor, entry.reason, entry.at) == (
            ticket.public_id, "user:ops", "the gate asks", AT,
        )  # fmt: skip
        assert BARCODE not in str(AuditEntry.objects.values())

    def test_not_without_a_reason_nor_what_is_forgotten(self) -> None:
        ticket = a_ticket()
        before = traces()
        with pytest.raises(ReasonWanted):
            reveal_barcode(ticket=ticket, actor="user:ops", reason=" \n", at=AT)
        ticket.barcode_sealed = None
        with pytest.raises(BarcodeForgotten):
            reveal_barcode(ticket=ticket, actor="user:ops", reason="the gate asks", at=AT)
        assert traces() == before


class TestForBuyer:
    @pytest.mark.parametrize("status", ["reserved", "in_escrow", "transferring", "cancelling", "review", "delivered"])
    def test_once_it_is_theirs(self, status: TicketStatus) -> None:
        assert barcode_for_buyer(sold(status)) == (BARCODE if status == "delivered" else "")

    def test_is_nobodys_while_nobody_bought_it(self) -> None:
        ticket = a_ticket()
        ticket.status = "delivered"
        assert barcode_for_buyer(ticket) == ""

    @pytest.mark.parametrize(("provider", "shown"), [("manual", BARCODE), ("sandbox", ""), ("gone", "")])
    def test_where_no_provider_hands_over_one_of_its_own(self, provider: str, shown: str) -> None:
        assert barcode_for_buyer(sold(provider=provider)) == shown
