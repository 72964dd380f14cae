"""Tickets of which nobody knows who has them, on the dashboard."""

from __future__ import annotations

import pytest

from config.admin import worklist
from config.admin.panel import Tone
from orders.order.models import Order
from orders.tests.factories import (
    AT,
    force,
    make_paid_order,
)
from orders.tests.operators import page_of
from orders.tickets.models import Ticket
from orders.tickets.panels import tickets_to_find
from orders.tickets.transfers.models import TicketTransfer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_page_alone")]


class TestTicketsToFind:
    def test_parts_under_review_whose_transfer_is_not(self, ticket: Ticket, order: Order) -> None:
        assert tickets_to_find(AT).items == ()
        part = order.fulfilments.get()
        force(part, "review")
        (found,) = tickets_to_find(AT).items
        assert part.seller.email in found.label
        TicketTransfer.objects.create(
            fulfilment=part, provider="manual", status="review", ticket_ids=["tkt_1"], expires_at=AT, started_by="test"
        )
        assert tickets_to_find(AT).items == ()

    def test_the_oldest_first_and_no_more_than_fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worklist, "SHOWN", 2)
        found = [make_paid_order().fulfilments.get() for _ in range(3)]
        make_paid_order()
        for part in found:
            force(part, "review")
        shown = tickets_to_find(AT)
        assert (shown.count, shown.tone) == ("3", Tone.BAD)
        assert [each.url for each in shown.items] == [page_of(part) for part in found[:2]]
        assert [each.since for each in shown.items] == [part.created_at for part in found[:2]]

    def test_where_everybody_knows_all_is_well(self) -> None:
        make_paid_order()
        shown = tickets_to_find(AT)
        assert (shown.count, shown.tone) == ("0", Tone.GOOD)

    def test_one_whose_transfer_is_settled_waits_all_the_same(self, ticket: Ticket, order: Order) -> None:
        part = order.fulfilments.get()
        force(part, "review")
        TicketTransfer.objects.create(
            fulfilment=part,
            provider="manual",
            status="declined",
            ticket_ids=["tkt_1"],
            expires_at=AT,
            started_by="test",
            ended_at=AT,
        )
        assert tickets_to_find(AT).count == "1"
