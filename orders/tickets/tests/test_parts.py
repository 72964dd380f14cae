"""What tickets add to the pages of orders and their parts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.admin.parts import Content, Table
from config.admin.show import when
from orders.order.models import Order
from orders.tests.factories import (
    AT,
    item,
    make_paid_order,
    make_tickets,
)
from orders.tests.operators import act, page_of, text_of
from orders.tickets.models import Ticket
from orders.tickets.parts import tickets_of_fulfilment, tickets_of_order, transfers_of_fulfilment
from orders.tickets.transfers.models import TicketTransfer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_page_alone")]


def told(table: Content | None) -> list[dict[str, Any]]:
    """Each line by the names of its columns."""
    assert isinstance(table, Table)
    names = [column.label for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


class TestPartsOfOtherPages:
    @pytest.fixture(autouse=True)
    def _with_parts(self, own_page_alone: None, settings: Any) -> None:
        settings.ADMIN_PARTS = {
            "orders.order": ["orders.tickets.parts.tickets_of_order"],
            "orders.fulfilment": [
                "orders.tickets.parts.tickets_of_fulfilment", "orders.tickets.parts.transfers_of_fulfilment",
            ],
        }  # fmt: skip

    def test_show_the_tickets_and_their_transfer(self, operations: Client, ticket: Ticket, order: Order) -> None:
        act(operations, ticket, "transfer", provider="manual")
        assert ticket.public_id in text_of(operations.get(page_of(order)))
        text = text_of(operations.get(page_of(order.fulfilments.get())))
        assert ticket.public_id in text
        assert TicketTransfer.objects.get().public_id in text

    def test_nothing_of_what_has_none(self, operations: Client) -> None:
        text = text_of(operations.get(page_of(make_paid_order().fulfilments.get())))
        assert "Theirs" not in text, "the table of transfers"


class TestTables:
    def test_an_order_shows_its_own_tickets_the_oldest_first(self, ticket: Ticket) -> None:
        make_tickets(product=ticket.product, tickets=[{"barcode": "SEAT-0002"}, {"barcode": "SEAT-0003"}])
        mine = make_paid_order(item(ticket.product, 2))
        make_paid_order(item(ticket.product))
        first, second, _ = Ticket.objects.order_by("pk")
        for shown in (tickets_of_order.show(mine, AT), tickets_of_fulfilment.show(mine.fulfilments.get(), AT)):
            older, newer = told(shown)
            assert page_of(first) in older["Ticket"]
            assert page_of(second) in newer["Ticket"]
            assert "in escrow" in older["State"]
            assert ticket.product.sku in older["Listing"]
            assert (older["Place"], older["Barcode"]) == ("section A · row 12 · seat 7", "••••CRET")
            assert (older["Event"], newer["Place"]) == (when(AT), "–")

    def test_one_that_is_forgotten_says_so(self, ticket: Ticket, order: Order) -> None:
        Ticket.objects.update(barcode_sealed=None, barcode_digest=None, barcode_key="")
        assert told(tickets_of_order.show(order, AT))[0]["Barcode"] == "forgotten"

    def test_of_an_order_without_tickets_there_is_nothing(self) -> None:
        order = make_paid_order()
        part = order.fulfilments.get()
        for table in (
            tickets_of_order.show(order, AT), tickets_of_fulfilment.show(part, AT),
            transfers_of_fulfilment.show(part, AT),
        ):  # fmt: skip
            assert table is None

    def test_transfers_are_of_this_part_the_newest_first(self, ticket: Ticket, order: Order) -> None:
        part, other = order.fulfilments.get(), make_paid_order().fulfilments.get()
        given: dict[str, Any] = {"provider": "manual", "ticket_ids": ["tkt_1", "tkt_2"], "expires_at": AT}
        first = TicketTransfer.objects.create(fulfilment=part, status="declined", ended_at=AT, **given)
        second = TicketTransfer.objects.create(fulfilment=part, status="initiated", provider_id="theirs_1", **given)
        TicketTransfer.objects.create(fulfilment=other, status="initiated", **given)
        newer, older = told(transfers_of_fulfilment.show(part, AT))
        for line, row, theirs in ((newer, second, "theirs_1"), (older, first, "–")):
            assert row.public_id in line["Transfer"]
            assert theirs in line["Theirs"]
            assert str(row.status) in line["State"]
            assert (line["Provider"], line["Tickets"], line["Until"]) == ("manual", "2", when(AT))
