"""Seller and buyer hand over themselves: what each may say, and what follows for the money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from config.papers.tests.test_papers import PDF
from orders.tests.factories import traces
from orders.tickets.conftest import Hands
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import (
    NotByHand,
    NothingShown,
    NothingToSay,
    confirm_receipt,
    deny_receipt,
    hand_in_proof,
    withdraw,
)
from orders.tickets.transfers.services.settle import settle_transfer
from orders.tickets.transfers.services.tests.telling import calls, fresh, run_cancel, send, take_back
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=10)
SAY: dict[str, Callable[[int], str]] = {
    "proof": lambda pk: hand_in_proof(transfer_pk=pk, name="a.pdf", content=PDF, actor="user:seller", at=LATER),
    "confirm": lambda pk: confirm_receipt(transfer_pk=pk, actor="user:buyer", at=LATER),
    "deny": lambda pk: deny_receipt(transfer_pk=pk, actor="user:buyer", reason="nothing came", at=LATER),
    "withdraw": lambda pk: withdraw(transfer_pk=pk, actor="user:seller", reason="kept", at=LATER),
}


@pytest.fixture
def row(hands: Hands) -> TicketTransfer:
    row = send(make_transfer(provider="manual"))
    hands.at = LATER
    return row


def said(row: TicketTransfer, *words: str) -> str:
    for word in words:
        SAY[word](row.pk)
    return fresh(row).status


class TestByHand:
    @pytest.mark.parametrize(
        ("words", "status"),
        [
            (("proof",), "pending"),
            (("proof", "confirm"), "accepted"),
            (("confirm",), "accepted"),
            (("withdraw",), "cancelled"),
            (("proof", "withdraw"), "cancelled"),
            (("proof", "deny"), "review"),
            # Who has said no, and then yes, gives money away by it; but it is with a person now.
            (("proof", "deny", "confirm"), "review"),
            (("proof", "deny", "withdraw"), "review"),
        ],
    )
    def test_what_is_said_decides(self, row: TicketTransfer, words: tuple[str, ...], status: str) -> None:
        assert said(row, *words) == status

    @pytest.mark.parametrize(
        ("words", "status"),
        [
            (("proof",), "pending"),
            (("confirm",), "accepted"),
            (("withdraw",), "cancelled"),
            (("proof", "confirm"), "accepted"),
            (("proof", "withdraw"), "cancelled"),
            (("proof", "deny"), "review"),
        ],
    )
    def test_what_was_begun_first_and_is_heard_last_is_heard(
        self, row: TicketTransfer, words: tuple[str, ...], status: str
    ) -> None:
        """Requests overtake one another, and clocks of hosts differ."""
        ahead = LATER + timedelta(seconds=3)
        HandOver.objects.update(changed_at=ahead)
        TicketTransfer.objects.update(told_at=ahead)
        assert said(row, *words) == status
        assert HandOver.objects.get().changed_at == fresh(row).told_at == ahead

    def test_also_a_second_proof_takes_no_word_back_in_time(self, row: TicketTransfer) -> None:
        ahead = LATER + timedelta(seconds=3)
        assert said(row, "proof") == "pending"
        HandOver.objects.update(changed_at=ahead)
        TicketTransfer.objects.update(told_at=ahead)
        assert said(row, "proof", "confirm") == "accepted"

    def test_so_is_a_call_back(self, row: TicketTransfer) -> None:
        ahead = LATER + timedelta(seconds=3)
        HandOver.objects.update(changed_at=ahead)
        TicketTransfer.objects.update(told_at=ahead)
        take_back(row)
        run_cancel(row)
        assert (fresh(row).status, HandOver.objects.get().changed_at) == ("cancelled", ahead)

    @pytest.mark.parametrize("is_called_back", [False, True])
    def test_before_a_proof_a_buyers_no_ends_nothing(self, row: TicketTransfer, is_called_back: bool) -> None:
        """The tickets may have come a minute ago, and their seller be about to show it."""
        if is_called_back:
            take_back(row)
        before = [*TicketTransfer.objects.values(), *HandOver.objects.values(), traces()]
        with pytest.raises(NothingShown):
            said(row, "deny")
        assert [*TicketTransfer.objects.values(), *HandOver.objects.values(), traces()] == before

    def test_nor_does_it_keep_the_seller_from_showing_it(self, row: TicketTransfer) -> None:
        with pytest.raises(NothingShown):
            said(row, "deny")
        assert said(row, "proof", "deny") == "review"

    def test_called_back_before_a_proof_it_ends_and_no_proof_comes_in_any_more(self, row: TicketTransfer) -> None:
        take_back(row)
        with pytest.raises(NothingToSay):
            said(row, "proof")
        assert run_cancel(row).status == "cancelled"

    def test_called_back_after_a_proof_it_waits_for_a_word_against_ones_own_interest(self, row: TicketTransfer) -> None:
        said(row, "proof")
        take_back(row)
        assert run_cancel(row).status == "cancelling"
        assert calls()[1:] == [("transfer.cancel", "pending")]
        assert HandOver.objects.get().cancel_asked_at == LATER

    @pytest.mark.parametrize(
        ("word", "status", "call"),
        [("confirm", "accepted", "declined"), ("withdraw", "cancelled", "succeeded"), ("deny", "review", "pending")],
    )
    def test_and_that_word_ends_it(self, row: TicketTransfer, word: str, status: str, call: str) -> None:
        said(row, "proof")
        take_back(row)
        run_cancel(row)
        assert said(row, word) == status
        assert calls()[1:] == [("transfer.cancel", call)]

    @pytest.mark.parametrize("word", SAY)
    @pytest.mark.parametrize("end", ["confirm", "withdraw"])
    def test_nothing_is_said_about_what_is_decided(self, row: TicketTransfer, end: str, word: str) -> None:
        said(row, end)
        before = [*TicketTransfer.objects.values(), *HandOver.objects.values(), traces()]
        with pytest.raises(NothingToSay):
            said(row, word)
        assert [*TicketTransfer.objects.values(), *HandOver.objects.values(), traces()] == before

    @pytest.mark.parametrize("word", SAY)
    def test_where_a_provider_knows_nobody_need_say_it(self, played: Played, word: str) -> None:
        other = send(make_transfer())
        with pytest.raises(NotByHand):
            said(other, word)
        assert fresh(other).status == "initiated"

    @pytest.mark.parametrize("accepted", [True, False])
    def test_a_person_ends_it_for_both(self, row: TicketTransfer, accepted: bool) -> None:
        said(row, "proof", "deny")
        assert settle_transfer(transfer_pk=row.pk, accepted=accepted, actor="user:ops", reason="asked both", at=LATER)
        assert fresh(row).status == HandOver.objects.get().status == ("accepted" if accepted else "cancelled")
        with pytest.raises(NothingToSay):
            said(row, "confirm")
