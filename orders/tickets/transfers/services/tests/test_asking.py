"""A person has the provider asked at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.audit.models import AuditEntry
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.asking import ASKABLE, NothingToAsk, ask_soon
from orders.tickets.transfers.services.sweeps import ask_silent
from orders.tickets.transfers.services.tests.telling import fresh, send
from orders.tickets.transfers.states import TransferStatus
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=1)


def ask(row: TicketTransfer) -> bool:
    return ask_soon(transfer_pk=row.pk, actor="user:ops", reason="the buyer wrote", at=LATER)


class TestAskSoon:
    def test_the_next_sweep_asks(self, played: Played) -> None:
        row = send(make_transfer())
        assert ask(row)
        assert not ask(row)
        entry = AuditEntry.objects.get(act="asked_again")
        assert (entry.actor, entry.reason) == ("user:ops", "the buyer wrote")
        assert ask_silent(at=LATER) == 1
        assert played.asked[-1] == "get"

    @pytest.mark.parametrize("status", [each for each in TransferStatus if each not in ASKABLE])
    def test_not_about_what_is_decided_with_a_person_or_not_there(self, played: Played, status: str) -> None:
        row = send(make_transfer())
        ended = None if status in ("starting", "review") else AT
        TicketTransfer.objects.update(status=status, ended_at=ended)
        before = fresh(row).ask_at
        with pytest.raises(NothingToAsk):
            ask(row)
        assert (fresh(row).ask_at, AuditEntry.objects.filter(act="asked_again").count()) == (before, 0)
