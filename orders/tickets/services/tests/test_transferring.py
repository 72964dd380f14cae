"""Custody, our transfer and the job that sends it begin in one commit, or none of them does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.outbox.models import OutboxJob
from orders.fulfilment.models import Fulfilment
from orders.tests.factories import AT, item, make_paid_order, make_product, make_tickets, traces
from orders.tickets.models import Ticket
from orders.tickets.services.transferring import SHORTEST, transfer_tickets
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.start import ProviderNotOffered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_objects(settings: Any) -> None:
    """What money has to say is tested where money is."""
    settings.BEFORE_TRANSFER = []


@pytest.fixture
def part() -> Fulfilment:
    """Two tickets that are paid for, beside one that is not."""
    product = make_product(stock=0)
    make_tickets(3, product=product)
    return make_paid_order(item(product, 2), email="ann@example.com").fulfilments.get()


def transfer(part: Fulfilment, **given: Any) -> TicketTransfer:
    return transfer_tickets(fulfilment=part, **{"provider": "manual", "actor": "user:seller", "at": AT, **given})


class TestTransfer:
    def test_takes_all_tickets_of_the_part_to_the_buyer(self, part: Fulfilment) -> None:
        row = transfer(part)
        mine = Ticket.objects.filter(line__fulfilment=part).order_by("pk")
        assert row.ticket_ids == list(mine.values_list("public_id", flat=True))
        assert len(row.ticket_ids) == 2
        assert (row.fulfilment, row.recipient, row.provider) == (part, "ann@example.com", "manual")
        assert row.started_by == "user:seller"
        assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == [
            "transferring", "transferring", "listed",
        ]  # fmt: skip
        assert OutboxJob.objects.filter(payload__transfer=row.public_id).count() == 1

    @pytest.mark.parametrize(
        ("left", "expires"),
        [
            (timedelta(hours=1), timedelta(hours=1)),
            (SHORTEST + timedelta(seconds=1), SHORTEST + timedelta(seconds=1)),
            (timedelta(minutes=1), SHORTEST),
            (timedelta(hours=-1), SHORTEST),
            (None, SHORTEST),
        ],
    )
    def test_the_buyer_has_as_long_as_the_seller_but_never_too_short(
        self, part: Fulfilment, left: timedelta | None, expires: timedelta
    ) -> None:
        part.deliver_by = None if left is None else AT + left
        assert transfer(part).expires_at == AT + expires

    def test_where_the_transfer_cannot_begin_the_tickets_stay(self, part: Fulfilment) -> None:
        before = traces()
        with pytest.raises(ProviderNotOffered):
            transfer(part, provider="axs")
        assert traces() == before
