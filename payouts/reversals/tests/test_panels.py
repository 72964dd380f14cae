"""Which reversals need a person, the oldest first, and which money nobody takes back."""

from __future__ import annotations

from typing import Any

import pytest

from config.admin import worklist
from config.admin.panel import Tone
from config.admin.tests.operators import page_of
from payouts.reversals.panels import money_in_payees_accounts, reversals_to_decide
from payouts.reversals.tests.transferring import reversal_of, reversing_world, transferred_payout
from payouts.tests.payout_world import NOW, PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # payouts whose state is only written


@pytest.fixture
def books(settings: Any, monkeypatch: pytest.MonkeyPatch) -> PayoutWorld:
    return reversing_world(settings, monkeypatch)


class TestToDecide:
    def test_what_waits_because_they_owe_us(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books)
        reversal = reversal_of(payout)
        found = reversals_to_decide(NOW)
        (item,) = found.items
        assert (found.count, found.tone) == ("1", Tone.WARNING)
        assert item.label == f"₹30.00 of {payout.payee.user.called}"
        assert item.detail == f"of payout {payout.public_id}, because they owe us"
        assert (item.url, item.since) == (page_of(reversal), reversal.proposed_at)
        assert found.url.endswith("?status__exact=proposed")

    @pytest.mark.parametrize("status", ["approved", "sending", "succeeded", "declined", "cancelled"])
    def test_not_what_was_decided(self, books: PayoutWorld, status: str) -> None:
        ended = NOW if status in ("succeeded", "declined", "cancelled") else None
        reversal_of(transferred_payout(books), status=status, ended_at=ended)
        found = reversals_to_decide(NOW)
        assert (found.count, found.items, found.tone) == ("0", (), Tone.GOOD)

    def test_the_oldest_first_and_no_more_than_fit(self, books: PayoutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worklist, "SHOWN", 2)
        rows = [reversal_of(transferred_payout(books)) for _ in range(3)]
        found = reversals_to_decide(NOW)
        assert (found.count, [item.url for item in found.items]) == ("3", [page_of(row) for row in rows[:2]])


class TestStranded:
    @pytest.mark.parametrize("status", ["failed", "cancelled", "returned"])
    def test_what_stands_there_and_nobody_takes_back(self, books: PayoutWorld, status: str) -> None:
        payout = transferred_payout(books, status=status, transfer_returned_minor=2_500)
        found = money_in_payees_accounts(NOW)
        (item,) = found.items
        assert (found.count, found.tone) == ("1", Tone.BAD)
        assert item.label == f"₹75.00 of {payout.payee.user.called}"
        assert item.detail == f"payout {payout.public_id} is {status}, and the money is in their account"
        assert (item.url, item.since) == (page_of(payout), payout.ended_at)

    @pytest.mark.parametrize(
        ("status", "is_open"), [("proposed", True), ("approved", True), ("sending", True), ("declined", False)]
    )
    def test_until_it_is_asked_back_and_again_where_it_was_declined(
        self, books: PayoutWorld, status: str, is_open: bool
    ) -> None:
        payout = transferred_payout(books, status="failed")
        reversal_of(transferred_payout(books), status=status, ended_at=None if is_open else NOW)
        reversal_of(payout, cause="stranded", status=status, ended_at=None if is_open else NOW)
        found = money_in_payees_accounts(NOW)
        assert (found.count, found.tone) == (("0", Tone.GOOD) if is_open else ("1", Tone.BAD))

    def test_the_oldest_first_and_no_more_than_fit(self, books: PayoutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worklist, "SHOWN", 2)
        rows = [transferred_payout(books, status="failed") for _ in range(3)]
        found = money_in_payees_accounts(NOW)
        assert (found.count, [item.url for item in found.items]) == ("3", [page_of(row) for row in rows[:2]])
