"""What waits on the overview."""

from __future__ import annotations

import pytest

from config.admin.panel import Tone
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.panels import transfers_to_settle
from orders.tickets.transfers.services.tests.telling import send
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db


class TestTransfersToSettle:
    def test_is_empty_and_good_where_everybody_knows(self, played: Played) -> None:
        send(make_transfer())
        found = transfers_to_settle(AT)
        assert (found.count, found.items, found.tone) == ("0", (), Tone.GOOD)

    def test_names_what_a_person_must_find_out(self, played: Played) -> None:
        send(make_transfer())
        TicketTransfer.objects.update(status="review", told="accepted")
        found = transfers_to_settle(AT)
        assert (found.count, found.tone) == ("1", Tone.BAD)
        assert [(item.label, item.detail) for item in found.items] == [
            ("1 tickets by played", "the provider says: accepted; their part is awaiting")
        ]
