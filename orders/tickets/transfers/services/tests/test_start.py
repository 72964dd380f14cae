"""A transfer begins with our row and the job that sends it."""

from __future__ import annotations

from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.errors import Refused
from config.outbox.models import OutboxJob
from orders.tests.factories import traces
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.start import (
    NothingToTransfer,
    ProviderNotOffered,
    TransferExists,
    start_transfer,
)
from orders.tickets.transfers.tests.played import AT, SOON, Played, make_part, make_transfer

pytestmark = pytest.mark.django_db


class TestStartTransfer:
    def test_writes_down_what_is_wanted_and_orders_it(self, played: Played) -> None:
        part = make_part()
        row = make_transfer(part=part, tickets=("tkt_1", "tkt_2"))
        assert (row.status, row.provider, row.provider_id, row.ticket_ids) == (
            "starting", "played", None, ["tkt_1", "tkt_2"],
        )  # fmt: skip
        assert row.public_id.startswith("tt_")
        job = OutboxJob.objects.get(topic="ticket_transfer.wanted")
        assert (job.payload, job.lane) == ({"transfer": row.public_id}, "money")
        entry = AuditEntry.objects.get(subject_type="tickettransfer")
        assert (entry.act, entry.actor, entry.facts) == ("started", "user:seller", {"provider": "played", "tickets": 2})
        assert played.asked == []

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"provider": "nobody"}, ProviderNotOffered),
            ({"ticket_ids": ()}, NothingToTransfer),
            ({"recipient_email": "nobody"}, NothingToTransfer),
            ({"expires_at": AT}, NothingToTransfer),
        ],
    )
    def test_refuses_what_no_provider_could_do(
        self, played: Played, given: dict[str, Any], error: type[Refused]
    ) -> None:
        part = make_part()
        whole = {
            "fulfilment": part, "ticket_ids": ["tkt_1"], "provider": "played", "recipient_email": "ann@example.com",
            "expires_at": SOON, "actor": "user:seller", "at": AT,
        }  # fmt: skip
        before = traces()
        with pytest.raises(error):
            start_transfer(**{**whole, **given})
        assert traces() == before
        assert not TicketTransfer.objects.exists()

    def test_refuses_a_second_one_of_the_same_part(self, played: Played) -> None:
        part = make_part()
        make_transfer(part=part)
        before = [*TicketTransfer.objects.values(), traces()]
        with pytest.raises(TransferExists):
            make_transfer(part=part, provider="manual")
        assert [*TicketTransfer.objects.values(), traces()] == before
