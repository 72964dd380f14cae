"""Walks every pair of states of a transfer."""

from __future__ import annotations

from typing import Any

import pytest

from config.audit.services import move
from config.kernel.states import MoveNotAllowed
from orders.tests.factories import traces
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import ENDED, LIVE, TRANSFER_STATES, TransferStatus
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

DECIDED = {"accepted", "declined", "expired", "cancelled", "failed"}
LAST = {(each, "review") for each in DECIDED}
OPEN_ENDS = {*DECIDED, "cancelling", "review"}
ALLOWED = {
    *(("starting", each) for each in OPEN_ENDS | {"initiated", "pending"}),
    *(("initiated", each) for each in OPEN_ENDS | {"pending"}),
    *(("pending", each) for each in OPEN_ENDS),
    *(("cancelling", each) for each in DECIDED | {"review"}),
    ("review", "accepted"), ("review", "cancelled"),
    *LAST,
}  # fmt: skip


def needs(status: str) -> dict[str, Any]:
    return {
        "ended_at": AT if status in DECIDED else None,
        "cancel_wanted_at": AT if status == "cancelling" else None,
    }


class TestTransferStates:
    def test_the_table_is_the_one_that_was_agreed(self) -> None:
        assert {(origin, target) for origin, target, ok in TRANSFER_STATES.pairs() if ok} == ALLOWED
        assert set(TRANSFER_STATES.states) == set(TransferStatus.values) == {*LIVE, *ENDED, "accepted"}

    @pytest.mark.django_db
    @pytest.mark.parametrize(("origin", "target", "allowed"), list(TRANSFER_STATES.pairs()))
    def test_every_pair(self, played: Played, origin: str, target: str, allowed: bool) -> None:
        row = make_transfer()
        TicketTransfer.objects.update(status=origin, **needs(origin))
        row.refresh_from_db()
        before = [*TicketTransfer.objects.values(), traces()]
        if not allowed:
            with pytest.raises(MoveNotAllowed):
                move(row, to=target, actor="test", at=AT)
            assert [*TicketTransfer.objects.values(), traces()] == before
            return
        assert move(row, to=target, actor="test", at=AT, **needs(target))
        assert TicketTransfer.objects.get().status == target
