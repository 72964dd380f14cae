"""Which transfer of a part counts, and what is sent of one."""

from __future__ import annotations

import pytest

from config.kernel.errors import NotFound
from orders.tests.factories import make_product
from orders.tickets.services.listing import list_tickets
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import live_transfer, lock_transfer, new_transfer, transfer_of
from orders.tickets.transfers.tests.played import AT, SOON, Played, make_part, make_transfer

pytestmark = pytest.mark.django_db


class TestTransferOf:
    def test_is_the_one_that_goes_on_else_the_last_that_ended(self, played: Played) -> None:
        part = make_part()
        assert (live_transfer(part.pk), transfer_of(part.pk)) == (None, None)
        first = make_transfer(part=part)
        TicketTransfer.objects.update(status="expired", ended_at=AT)
        assert (live_transfer(part.pk), transfer_of(part.pk)) == (None, first)
        second = make_transfer(part=part)
        assert (live_transfer(part.pk), transfer_of(part.pk)) == (second, second)
        TicketTransfer.objects.filter(pk=second.pk).update(status="accepted", ended_at=AT)
        assert (live_transfer(part.pk), transfer_of(part.pk)) == (None, second)


class TestNewTransfer:
    def test_is_the_same_whenever_it_is_sent(self, played: Played) -> None:
        row = make_transfer()
        new = new_transfer(row)
        assert (new.reference, new.expires_at, new.recipient.email) == (row.public_id, SOON, "ann@example.com")
        assert new_transfer(lock_transfer(row.pk)) == new


class TestLockTransfer:
    def test_of_nothing_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            lock_transfer(0)


class TestBarcodes:
    def test_are_opened_for_the_provider_alone(self, played: Played) -> None:
        [ticket] = list_tickets(
            product_id=make_product(stock=0).pk, tickets=[{"barcode": "SEAT-0001-ABC"}], actor="test", at=AT
        )
        row = make_transfer(tickets=(ticket.public_id, "tkt_gone"))
        assert [(each.ticket_id, each.barcode) for each in new_transfer(row).tickets] == [
            (ticket.public_id, "SEAT-0001-ABC"),
            ("tkt_gone", ""),
        ]
