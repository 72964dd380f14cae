"""What the API takes and shows of tickets: every field, and the barcode to its buyer alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orders.tests.factories import AT, item, make_paid_order, make_product, make_tickets
from orders.tickets.models import Ticket
from orders.tickets.serializers import EARLIEST, LATEST, TicketsInput, ticket_json, transfer_json
from orders.tickets.tests.seat import BARCODE
from orders.tickets.transfers.models import TicketTransfer

pytestmark = pytest.mark.django_db


def a_ticket() -> Ticket:
    place = {"barcode": BARCODE, "section": "A", "row": "12", "seat": "7", "label": "aisle"}
    (made,) = make_tickets(product=make_product(stock=0), tickets=[place], event_name="The Band", event_at=AT)
    return made


class TestTicket:
    def test_of_one_on_the_shelf(self) -> None:
        ticket = a_ticket()
        assert ticket_json(ticket, for_buyer=True) == {
            "id": ticket.public_id, "status": "listed", "listing": ticket.product.public_id, "sku": ticket.product.sku,
            "event_name": "The Band", "event_at": AT, "section": "A", "row": "12", "seat": "7", "label": "aisle",
            "barcode_masked": "••••CRET", "barcode": None, "order": None, "fulfilment": None, "transfer": None,
            "created_at": ticket.created_at,
        }  # fmt: skip

    def test_of_one_that_is_theirs(self) -> None:
        ticket = a_ticket()
        order = make_paid_order(item(ticket.product))
        part = order.fulfilments.get()
        transfer = TicketTransfer.objects.create(
            fulfilment=part, provider="manual", status="accepted", ticket_ids=[ticket.public_id], expires_at=AT,
            started_by="test", ended_at=AT,
        )  # fmt: skip
        Ticket.objects.update(status="delivered")
        ticket.refresh_from_db()
        shown = ticket_json(ticket)
        assert (shown["order"], shown["fulfilment"], shown["barcode"]) == (order.public_id, part.public_id, None)
        assert shown["transfer"] == transfer_json(transfer) == {
            "id": transfer.public_id, "provider": "manual", "status": "accepted", "expires_at": AT,
        }  # fmt: skip
        assert BARCODE not in str(shown)
        assert ticket_json(ticket, for_buyer=True)["barcode"] == BARCODE


class TestInput:
    def given(self, event_at: datetime) -> TicketsInput:
        body: dict[str, Any] = {"listing": "prd_1", "event_at": event_at.isoformat(), "tickets": [{"barcode": BARCODE}]}
        return TicketsInput(data=body)

    def test_an_event_is_a_date_in_every_zone(self) -> None:
        assert (datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)) == (EARLIEST, LATEST)
        second = timedelta(seconds=1)
        for event_at, is_valid in (
            (EARLIEST - second, False), (EARLIEST, True), (LATEST - second, True), (LATEST, False),
        ):  # fmt: skip
            assert self.given(event_at).is_valid() is is_valid

    def test_one_without_a_date_or_a_place_is_one_all_the_same(self) -> None:
        asked = TicketsInput(data={"listing": "prd_1", "tickets": [{"barcode": BARCODE}]})
        assert asked.is_valid()
        assert (asked.validated_data["event_at"], asked.validated_data["event_name"]) == (None, "")
        assert not TicketsInput(data={"listing": "prd_1", "tickets": []}).is_valid()
