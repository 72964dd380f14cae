"""Only the provider's word ends a transfer that we want back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.tickets.providers.contract import TransferCapability, TransferState
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.calling import TransferNotSent
from orders.tickets.transfers.services.cancel import follow_called_back
from orders.tickets.transfers.services.tests.telling import ask, calls, fresh, jobs, run_cancel, send, take_back
from orders.tickets.transfers.states import ENDED
from orders.tickets.transfers.tests.played import AT, Played, make_part, make_transfer

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=1)


def sent(played: Played) -> TicketTransfer:
    return send(make_transfer())


class TestCallBack:
    def test_of_what_was_never_sent_ends_it_and_nobody_is_asked(self, played: Played) -> None:
        row = make_transfer()
        assert take_back(row) == "cancelled"
        assert send(row).status == "cancelled"
        assert (played.asked, calls()) == ([], [])

    def test_of_what_was_never_executed_too(self, played: Played) -> None:
        row = make_transfer()
        played.limits = True
        with pytest.raises(TransferNotSent):
            send(row)
        assert take_back(row) == "cancelled"

    def test_of_what_is_out_only_wants_it(self, played: Played) -> None:
        row = sent(played)
        assert take_back(row, at=LATER) == "cancelling"
        row = fresh(row)
        assert (row.cancel_wanted_at, row.ended_at) == (LATER, None)
        assert jobs("ticket_transfer.cancel_wanted") == 1
        assert jobs("ticket_transfer.ended") == 0
        assert AuditEntry.objects.filter(to_state="cancelling", reason="sold twice", actor="user:seller").exists()

    def test_told_again_it_changes_nothing(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        before = [*TicketTransfer.objects.values(), AuditEntry.objects.count(), OutboxJob.objects.count()]
        assert take_back(row, at=LATER) == "cancelling"
        assert [*TicketTransfer.objects.values(), AuditEntry.objects.count(), OutboxJob.objects.count()] == before

    @pytest.mark.parametrize("status", ["accepted", "review", *ENDED])
    def test_of_what_is_decided_or_with_a_person_changes_nothing(self, played: Played, status: str) -> None:
        row = sent(played)
        TicketTransfer.objects.update(status=status, ended_at=None if status == "review" else AT)
        assert take_back(row) == status
        assert jobs("ticket_transfer.cancel_wanted") == 0


class TestFollowCalledBack:
    def test_calls_the_transfer_of_a_cancelled_part_back(self, played: Played) -> None:
        row = sent(played)
        told = {"fulfilment": row.fulfilment.public_id}
        for _ in range(2):
            follow_called_back(told, LATER)
        assert (fresh(row).status, jobs("ticket_transfer.cancel_wanted")) == ("cancelling", 1)

    def test_leaves_what_is_decided_and_parts_without_one(self, played: Played) -> None:
        row = sent(played)
        TicketTransfer.objects.update(status="accepted", ended_at=AT)
        for part in (row.fulfilment, make_part()):
            follow_called_back({"fulfilment": part.public_id}, LATER)
        assert fresh(row).status == "accepted"


class TestSendCancel:
    def test_ends_it_by_the_providers_word(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        row = run_cancel(row, at=LATER)
        assert (row.status, row.ended_at, row.ask_at) == ("cancelled", LATER, None)
        assert calls()[1:] == [("transfer.cancel", "succeeded")]

    def test_told_again_asks_nobody(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        run_cancel(row)
        run_cancel(row)
        assert played.asked == ["initiate", "cancel"]

    @pytest.mark.parametrize(
        ("state", "status", "call"),
        [
            (TransferState.ACCEPTED, "accepted", "declined"),
            (TransferState.DECLINED, "declined", "succeeded"),
            (TransferState.EXPIRED, "expired", "succeeded"),
        ],
    )
    def test_where_the_recipient_or_the_time_was_faster_their_word_counts(
        self, played: Played, state: TransferState, status: str, call: str
    ) -> None:
        row = sent(played)
        take_back(row)
        played.become(row, state)
        assert run_cancel(row, at=LATER).status == status
        assert calls()[1:] == [("transfer.cancel", call)]

    def test_one_that_is_only_noted_stays_open_until_it_is_decided(self, played: Played) -> None:
        played.cancels = False
        row = sent(played)
        take_back(row)
        assert (run_cancel(row).status, calls()[1:]) == ("cancelling", [("transfer.cancel", "pending")])
        run_cancel(row)
        assert played.asked == ["initiate", "cancel"]
        played.become(row, TransferState.CANCELLED)
        ask(AT + timedelta(hours=1))
        assert (fresh(row).status, calls()[1:]) == ("cancelled", [("transfer.cancel", "succeeded")])

    def test_what_was_not_executed_is_asked_again_under_the_same_key(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        played.limits = True
        with pytest.raises(TransferNotSent):
            run_cancel(row)
        assert fresh(row).status == "cancelling"
        played.limits = False
        assert run_cancel(row, at=LATER).status == "cancelled"
        assert calls()[1:] == [("transfer.cancel", "succeeded")]

    def test_a_provider_that_refuses_is_asked_no_more_and_nothing_is_assumed(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        played.refuses = True
        assert (run_cancel(row).status, calls()[1:]) == ("cancelling", [("transfer.cancel", "declined")])
        run_cancel(row, at=LATER)
        assert played.asked == ["initiate", "cancel"]

    def test_a_provider_that_cannot_is_not_asked(self, played: Played, settings: Any) -> None:
        played.capabilities = frozenset({TransferCapability.WEBHOOKS})
        row = sent(played)
        take_back(row)
        assert (run_cancel(row).status, calls()[1:]) == ("cancelling", [])


class TestAskCancel:
    def test_finds_what_was_done_though_the_answer_was_lost(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        played.loses = True
        assert (run_cancel(row).status, calls()[1:]) == ("cancelling", [("transfer.cancel", "unknown")])
        played.loses = False
        ask(LATER)
        assert (fresh(row).status, calls()[1:]) == ("cancelled", [("transfer.cancel", "succeeded")])

    def test_asks_again_where_the_request_never_arrived(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        played.swallows = True
        run_cancel(row)
        played.swallows = False
        for minutes in (1, 3, 4):
            ask(AT + timedelta(minutes=minutes))
        assert calls()[1:] == [("transfer.cancel", "not_executed")]
        assert (fresh(row).status, jobs("ticket_transfer.cancel_wanted")) == ("cancelling", 2)
        assert run_cancel(row, at=AT + timedelta(minutes=5)).status == "cancelled"

    def test_one_that_was_accepted_meanwhile_is_accepted(self, played: Played) -> None:
        row = sent(played)
        take_back(row)
        played.swallows = True
        run_cancel(row)
        played.become(row, TransferState.ACCEPTED)
        ask(LATER)
        assert (fresh(row).status, calls()[1:]) == ("accepted", [("transfer.cancel", "declined")])
