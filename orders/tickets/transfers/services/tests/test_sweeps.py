"""What nobody told us is found by asking; what nobody answers goes to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orders.tickets.conftest import Hands
from orders.tickets.providers.contract import TransferState
from orders.tickets.transfers.models import TransferWatermark
from orders.tickets.transfers.services.sweeps import ask_silent, follow_changes
from orders.tickets.transfers.services.tests.telling import fresh, run_cancel, send, take_back
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=5)


class TestFollowChanges:
    def test_hears_of_every_change_over_all_pages(self, played: Played) -> None:
        rows = [send(make_transfer()) for _ in range(3)]
        states = (TransferState.ACCEPTED, TransferState.DECLINED, TransferState.PENDING)
        for row, state in zip(rows, states, strict=True):
            played.become(row, state)
        assert follow_changes(at=LATER) == 3
        assert [fresh(row).status for row in rows] == ["accepted", "declined", "pending"]

    def test_goes_on_where_it_stopped_with_some_overlap(self, played: Played) -> None:
        row = send(make_transfer())
        played.become(row, TransferState.PENDING)
        follow_changes(at=LATER)
        assert TransferWatermark.objects.get(provider="played").read_until == played.at
        played.at += timedelta(hours=1)
        played.become(row, TransferState.ACCEPTED)
        assert follow_changes(at=LATER) == 1
        assert fresh(row).status == "accepted"

    def test_what_is_none_of_ours_is_none_of_our_business(self, played: Played) -> None:
        row = send(make_transfer())
        played.transfers = {"tt_else": replace(played.transfers[row.public_id], reference="tt_else")}
        assert follow_changes(at=LATER) == 0

    def test_one_that_cannot_be_asked_keeps_its_place_and_does_not_stop_the_others(
        self, hands: Hands, played: Played
    ) -> None:
        by_hand = send(make_transfer(provider="manual"))
        row = send(make_transfer())
        played.become(row, TransferState.ACCEPTED)
        played.down = True
        assert follow_changes(at=LATER) == 1  # the one by hand
        assert fresh(by_hand).status == "initiated"
        assert TransferWatermark.objects.get(provider="played").read_until < AT
        played.down = False
        follow_changes(at=LATER)
        assert fresh(row).status == "accepted"


class TestAskSilent:
    def test_asks_about_what_nobody_told_us_of(self, played: Played) -> None:
        row = send(make_transfer())
        played.become(row, TransferState.ACCEPTED)
        assert ask_silent(at=AT + timedelta(minutes=59)) == 0
        assert ask_silent(at=AT + timedelta(hours=1)) == 1
        assert (fresh(row).status, row.ask_at) == ("accepted", None)

    def test_expiry_is_never_assumed(self, played: Played) -> None:
        row = send(make_transfer())
        for days in range(1, 4):
            ask_silent(at=AT + timedelta(days=days))
        assert fresh(row).status == "initiated"
        played.become(row, TransferState.EXPIRED)
        ask_silent(at=AT + timedelta(days=5))
        assert fresh(row).status == "expired"

    def test_what_is_called_back_and_never_answered_goes_to_a_person(self, played: Played, settings: Any) -> None:
        row = send(make_transfer())
        take_back(row)
        played.swallows = played.down = True
        run_cancel(row)
        minutes = settings.POLICY.transfer_patience_minutes
        for passed in range(2, minutes, 6):
            assert ask_silent(at=AT + timedelta(minutes=passed)) == 1
        assert fresh(row).status == "cancelling"
        ask_silent(at=AT + timedelta(minutes=minutes + 2))
        assert fresh(row).status == "review"
        assert ask_silent(at=AT + timedelta(days=1)) == 0

    def test_the_last_question_may_still_be_answered(self, played: Played) -> None:
        row = send(make_transfer())
        take_back(row)
        played.swallows = True
        run_cancel(row)
        played.become(row, TransferState.ACCEPTED)
        ask_silent(at=AT + timedelta(days=1))
        assert fresh(row).status == "accepted"

    def test_one_whose_name_nobody_knows_is_looked_for(self, played: Played) -> None:
        row = make_transfer()
        played.loses = True
        send(row)
        take_back(row)
        played.become(row, TransferState.CANCELLED)
        ask_silent(at=AT + timedelta(minutes=3))
        assert (fresh(row).status, played.asked) == ("cancelled", ["initiate", "find"])

    def test_a_provider_that_is_configured_no_more_does_not_stop_the_others(
        self, hands: Hands, played: Played, settings: Any
    ) -> None:
        gone, there = send(make_transfer()), send(make_transfer(provider="manual"))
        settings.TRANSFER_PROVIDERS = {
            name: account for name, account in settings.TRANSFER_PROVIDERS.items() if name != "played"
        }
        hands.at = AT + timedelta(hours=2)
        assert ask_silent(at=hands.at) == 2
        assert (fresh(gone).status, fresh(there).status) == ("initiated", "expired")
