"""A transfer is given to its provider once, whatever gets lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.calls.models import GatewayCall
from orders.tickets.providers.contract import TransferState
from orders.tickets.transfers.services.calling import TransferNotSent
from orders.tickets.transfers.services.tests.telling import ask, calls, fresh, jobs, run_cancel, send, take_back
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db


class TestSendWanted:
    def test_gives_it_to_its_provider_and_keeps_what_it_says(self, played: Played) -> None:
        row = send(make_transfer())
        assert (row.status, row.told, row.told_at) == ("initiated", "initiated", played.at)
        assert row.provider_id == played.transfers[row.public_id].provider_id
        assert row.ask_at == AT + timedelta(hours=1)
        call = GatewayCall.objects.get()
        assert (call.operation, call.status, call.service, call.account, call.external_id) == (
            "transfer.create", "succeeded", "transfer/played", "transfer-played", row.provider_id,
        )  # fmt: skip
        assert "ann@example.com" not in str(call.request_facts)

    def test_told_again_asks_nobody(self, played: Played) -> None:
        row = send(make_transfer())
        send(row)
        assert played.asked == ["initiate"]

    def test_a_refusal_is_its_end(self, played: Played) -> None:
        played.refuses = True
        row = send(make_transfer())
        assert (row.status, row.ended_at, calls()) == ("failed", AT, [("transfer.create", "declined")])

    @pytest.mark.parametrize("mood", ["limits", "locked"])
    def test_what_was_not_executed_is_sent_again_under_the_same_key(self, played: Played, mood: str) -> None:
        setattr(played, mood, True)
        row = make_transfer()
        with pytest.raises(TransferNotSent):
            send(row)
        assert (fresh(row).status, calls()) == ("starting", [("transfer.create", "not_executed")])
        setattr(played, mood, False)
        assert send(row, at=AT + timedelta(minutes=5)).status == "initiated"
        assert (calls(), GatewayCall.objects.get().resends) == ([("transfer.create", "succeeded")], 1)

    def test_what_is_accepted_at_once_is_accepted(self, played: Played) -> None:
        row = make_transfer()
        played.loses = True
        send(row)
        played.loses = False
        played.become(row, TransferState.ACCEPTED)
        ask(AT + timedelta(minutes=1))
        assert (fresh(row).status, calls()) == ("accepted", [("transfer.create", "succeeded")])


class TestAskCreate:
    def test_finds_what_was_made_though_the_answer_was_lost(self, played: Played) -> None:
        played.loses = True
        row = send(make_transfer())
        assert (row.status, calls()) == ("starting", [("transfer.create", "unknown")])
        send(row)  # the job again: nothing is sent while nobody knows
        played.loses = False
        ask(AT + timedelta(minutes=1))
        assert (fresh(row).status, calls()) == ("initiated", [("transfer.create", "succeeded")])
        assert played.asked == ["initiate", "find"]

    def test_sends_it_again_only_after_it_was_looked_for_in_vain_for_long_enough(self, played: Played) -> None:
        played.swallows = True
        row = send(make_transfer())
        played.swallows = False
        ask(AT + timedelta(minutes=1))  # too early to prove anything
        ask(AT + timedelta(minutes=3))  # once
        assert calls() == [("transfer.create", "unknown")]
        ask(AT + timedelta(minutes=4))  # twice
        assert calls() == [("transfer.create", "not_executed")]
        assert (fresh(row).status, jobs("ticket_transfer.wanted")) == ("starting", 2)
        assert send(row, at=AT + timedelta(minutes=5)).status == "initiated"
        assert len(played.transfers) == 1

    def test_a_provider_that_cannot_be_asked_is_asked_again(self, played: Played) -> None:
        played.loses = True
        row = send(make_transfer())
        played.down = True
        ask(AT + timedelta(minutes=3))
        assert (fresh(row).status, calls()) == ("starting", [("transfer.create", "unknown")])

    def test_what_was_called_back_meanwhile_is_called_back_once_it_is_found(self, played: Played) -> None:
        played.loses = True
        row = send(make_transfer())
        assert take_back(row) == "cancelling"
        assert jobs("ticket_transfer.cancel_wanted") == 0
        played.loses = False
        ask(AT + timedelta(minutes=1))
        assert (fresh(row).status, jobs("ticket_transfer.cancel_wanted")) == ("cancelling", 1)
        assert run_cancel(row, at=AT + timedelta(minutes=2)).status == "cancelled"

    def test_what_was_called_back_and_never_made_is_cancelled(self, played: Played) -> None:
        played.swallows = True
        row = send(make_transfer())
        take_back(row)
        for minutes in (3, 4):
            ask(AT + timedelta(minutes=minutes))
        assert (fresh(row).status, jobs("ticket_transfer.cancel_wanted")) == ("cancelled", 0)
        send(row, at=AT + timedelta(minutes=9))
        assert played.transfers == {}
