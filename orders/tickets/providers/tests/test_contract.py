"""What a transfer's state says: who has the tickets, and who may still get them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orders.tickets.providers.contract import NewTransfer, Recipient, TicketRef, TransferState

S = TransferState
OPEN = {S.INITIATED, S.PENDING}
ENDED = {S.DECLINED, S.EXPIRED, S.CANCELLED, S.FAILED}


class TestTransferState:
    @pytest.mark.parametrize("state", S)
    def test_is_open_or_has_ended_or_neither_and_never_both(self, state: S) -> None:
        assert state.is_open == (state in OPEN)
        assert state.has_ended == (state in ENDED)

    def test_of_one_that_was_accepted_or_is_not_understood_nobody_is_told_that_it_ended(self) -> None:
        assert set(S) - OPEN - ENDED == {S.ACCEPTED, S.NEEDS_REVIEW}


class TestNewTransfer:
    def test_shows_neither_barcode_nor_recipient_in_a_trace(self) -> None:
        new = NewTransfer(
            reference="tt_1",
            tickets=(TicketRef("tic_1", "SECRET-BARCODE"),),
            recipient=Recipient("buyer@example.com"),
            expires_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        )
        assert "SECRET-BARCODE" not in repr(new)
        assert "buyer@example.com" not in repr(new)
        assert "tic_1" in repr(new)
