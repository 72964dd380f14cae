"""The sweep is one task."""

from __future__ import annotations

import pytest

from config.kernel.clock import now
from orders.tickets.transfers.services.tests.telling import send
from orders.tickets.transfers.tasks import follow_transfers
from orders.tickets.transfers.tests.played import Played, make_transfer


@pytest.mark.django_db
class TestFollowTransfers:
    def test_reads_the_lists_and_asks_about_the_silent(self, played: Played) -> None:
        send(make_transfer(), at=now())  # the task reads the clock: nothing is silent yet
        follow_transfers()
        assert played.asked[1:] == ["list"]
