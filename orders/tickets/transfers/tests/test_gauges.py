"""Every state of transfers is told, also those that nothing is in."""

from __future__ import annotations

import pytest

from config.ops.gauges import key
from orders.tickets.transfers.gauges import by_state
from orders.tickets.transfers.services.tests.telling import send
from orders.tickets.transfers.states import TransferStatus
from orders.tickets.transfers.tests.played import AT, Played, make_transfer


@pytest.mark.django_db
class TestByState:
    def test_counts_each(self, played: Played) -> None:
        for _ in range(2):
            send(make_transfer())
        make_transfer()
        found = by_state(AT)
        assert len(found) == len(TransferStatus)
        assert found[key("holdfast_ticket_transfers", state="initiated")] == 2
        assert found[key("holdfast_ticket_transfers", state="starting")] == 1
        assert found[key("holdfast_ticket_transfers", state="review")] == 0
