"""What is taken back: no more than is owed or stands there, from the newest transfer on, and never twice at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from payouts.payout.models import Payout
from payouts.payout.queries import lock_payout
from payouts.reversals.models import Reversal
from payouts.reversals.services import propose
from payouts.reversals.services.propose import (
    NothingToReverse,
    bring_back_stranded,
    gives_back,
    may_stop_half_way,
    propose_for_debt,
    stop_half_way,
    take_stranded,
)
from payouts.reversals.tests.transferring import (
    FINANCE,
    owe,
    reversal_of,
    reversing_world,
    traces,
    transferred_payout,
)
from payouts.tests.paper_rail import PaperRail
from payouts.tests.payout_world import NOW, PayoutWorld, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # payouts whose state is only written


@pytest.fixture
def books(settings: Any, monkeypatch: pytest.MonkeyPatch) -> PayoutWorld:
    return reversing_world(settings, monkeypatch)


def short(payout: Payout) -> None:
    propose_for_debt({"owner": payout.owner, "currency": payout.currency}, NOW)


def proposed() -> list[tuple[int, str, str, int]]:
    rows = Reversal.objects.order_by("pk")
    return list(rows.values_list("payout_id", "cause", "status", "amount_minor"))


def topics() -> list[str]:
    return list(OutboxJob.objects.filter(topic__startswith="reversal.").values_list("topic", flat=True))


class TestForDebt:
    def test_so_much_as_is_owed_waits_for_a_second_person(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books)
        owe(books, payout.payee, 3_000)
        short(payout)
        assert proposed() == [(payout.pk, "debt", "proposed", 3_000)]
        reversal = Reversal.objects.get()
        assert (reversal.proposed_by, reversal.proposed_at, reversal.currency) == (propose.SYSTEM, NOW, "INR")
        assert topics() == []
        entry = AuditEntry.objects.get(subject_id=reversal.public_id, act="proposed")
        assert entry.facts == {"payout": payout.public_id, "amount_minor": 3_000, "cause": "debt"}

    def test_by_policy_it_is_sent_at_once(self, books: PayoutWorld, settings: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_reverse_transfers=True)
        payout = transferred_payout(books)
        owe(books, payout.payee, 3_000)
        short(payout)
        assert proposed() == [(payout.pk, "debt", "approved", 3_000)]
        assert topics() == ["reversal.approved"]

    def test_the_newest_transfers_pay_first_and_none_more_than_is_left_of_it(self, books: PayoutWorld) -> None:
        oldest = transferred_payout(books)
        middle = transferred_payout(books, 4_000, payee=oldest.payee, transfer_returned_minor=1_500)
        newest = transferred_payout(books, 2_000, payee=oldest.payee)
        owe(books, oldest.payee, 5_000)
        short(oldest)
        assert proposed() == [
            (newest.pk, "debt", "proposed", 2_000),
            (middle.pk, "debt", "proposed", 2_500),
            (oldest.pk, "debt", "proposed", 500),
        ]

    def test_told_again_only_what_no_open_proposal_covers(self, books: PayoutWorld) -> None:
        older = transferred_payout(books)
        newer = transferred_payout(books, 4_000, payee=older.payee)
        owe(books, older.payee, 1_000)
        short(older)
        short(older)
        assert proposed() == [(newer.pk, "debt", "proposed", 1_000)]
        owe(books, older.payee, 500)
        short(older)
        assert proposed()[1:] == [(older.pk, "debt", "proposed", 500)], "one transfer is asked back once at a time"

    @pytest.mark.parametrize("status", ["sending", "in_transit", "failed", "cancelled", "returned"])
    def test_only_what_their_bank_has(self, books: PayoutWorld, status: str) -> None:
        payout = transferred_payout(books, status=status)
        owe(books, payout.payee, 3_000)
        short(payout)
        assert proposed() == []

    def test_nothing_of_another_payee_or_currency(self, books: PayoutWorld) -> None:
        payout, other = transferred_payout(books), transferred_payout(books)
        owe(books, payout.payee, 3_000)
        short(other)
        propose_for_debt({"owner": payout.owner, "currency": "USD"}, NOW)
        assert proposed() == []

    def test_nothing_that_has_no_transfer_or_of_which_all_is_back(self, books: PayoutWorld) -> None:
        payee = transferred_payout(books, rail_transfer_id=None).payee
        payout = transferred_payout(books, payee=payee, transfer_returned_minor=10_000)
        owe(books, payee, 3_000)
        short(payout)
        assert proposed() == []

    def test_nothing_where_nothing_is_owed_any_more(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books)
        short(payout)
        assert proposed() == []

    def test_nothing_of_a_rail_that_gives_nothing_back(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        books = make_world(settings, monkeypatch, PaperRail())
        payout = transferred_payout(books)
        owe(books, payout.payee, 3_000)
        short(payout)
        assert proposed() == []

    def test_what_changed_before_it_was_locked_is_looked_at_again(
        self, books: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the look and the lock one came back from the bank, and of the other more was given back."""
        first = transferred_payout(books)
        second = transferred_payout(books, 4_000, payee=first.payee)
        third = transferred_payout(books, 5_000, payee=first.payee)
        owe(books, first.payee, 19_000)

        def lock(key: int) -> Payout:
            Payout.objects.filter(pk=third.pk).update(status="returned")
            Payout.objects.filter(pk=second.pk).update(transfer_returned_minor=3_900)
            Payout.objects.filter(pk=first.pk).update(transfer_returned_minor=10_000)
            return lock_payout(key)

        monkeypatch.setattr("payouts.reversals.services.propose.lock_payout", lock)
        short(first)
        assert proposed() == [(second.pk, "debt", "proposed", 100)]

    def test_one_that_somebody_asked_back_before_it_was_locked_is_not_asked_back_twice(
        self, books: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        older = transferred_payout(books)
        newer = transferred_payout(books, 4_000, payee=older.payee, transfer_returned_minor=3_999)
        owe(books, older.payee, 5_000)

        def lock(key: int) -> Payout:
            if key == older.pk:
                reversal_of(older, 70)
            return lock_payout(key)

        monkeypatch.setattr("payouts.reversals.services.propose.lock_payout", lock)
        short(older)
        assert proposed() == [(newer.pk, "debt", "proposed", 1), (older.pk, "debt", "proposed", 70)]


class TestStranded:
    def test_what_stands_there_is_taken_back_at_once(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books, status="failed", transfer_returned_minor=2_000, transfer_repaid_minor=500)
        reversal = take_stranded(payout_pk=payout.pk, actor=FINANCE, at=NOW, reason="there is enough now")
        assert reversal is not None
        assert proposed() == [(payout.pk, "stranded", "approved", 8_500)]
        entry = AuditEntry.objects.get(subject_id=reversal.public_id, act="proposed")
        assert (entry.actor, entry.reason) == (FINANCE, "there is enough now")
        assert topics() == ["reversal.approved"]

    @pytest.mark.parametrize("status", ["approved", "sending", "in_transit", "paid", "paid_late"])
    def test_not_of_one_that_goes_on_or_that_the_bank_has(self, books: PayoutWorld, status: str) -> None:
        payout = transferred_payout(books, status=status)
        self.refused(payout)

    def test_not_where_nothing_stands_there(self, books: PayoutWorld) -> None:
        self.refused(transferred_payout(books, status="failed", transfer_returned_minor=10_000))
        self.refused(transferred_payout(books, status="failed", rail_transfer_id=None))

    @pytest.mark.parametrize("status", ["approved", "sending"])
    def test_not_while_it_is_being_taken_back(self, books: PayoutWorld, status: str) -> None:
        payout = transferred_payout(books, status="returned")
        reversal_of(payout, 10_000, cause="stranded", status=status, proposed_by=propose.SYSTEM)
        self.refused(payout)

    def refused(self, payout: Payout) -> None:
        before = traces()
        with pytest.raises(NothingToReverse):
            take_stranded(payout_pk=payout.pk, actor=FINANCE, at=NOW)
        assert take_stranded(payout_pk=payout.pk, actor=FINANCE, at=NOW, must=False) is None
        assert traces() == before

    @pytest.mark.parametrize("status", ["proposed", "approved"])
    def test_a_debt_that_was_to_be_taken_from_it_ends_first(self, books: PayoutWorld, status: str) -> None:
        payout = transferred_payout(books, status="returned")
        reversal_of(payout, status=status)
        take_stranded(payout_pk=payout.pk, actor=FINANCE, at=NOW)
        assert proposed() == [
            (payout.pk, "debt", "cancelled", 3_000),
            (payout.pk, "stranded", "approved", 10_000),
        ]

    def test_a_debt_of_one_that_the_bank_has_stays_as_it_was(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books)
        reversal_of(payout)
        self.refused(payout)

    def test_but_not_one_that_the_rail_was_asked_for(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books, status="returned")
        reversal_of(payout, status="sending")
        self.refused(payout)

    def test_the_payout_is_locked_before_anything_is_read(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books, status="failed")
        with CaptureQueriesContext(connection) as captured:
            take_stranded(payout_pk=payout.pk, actor=FINANCE, at=NOW)
        asked = [each["sql"] for each in captured if each["sql"].startswith("SELECT")]
        assert 'FOR UPDATE OF "payouts_payout"' in asked[0]


class TestBringBack:
    def test_by_itself_and_once_however_often_it_is_told(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books, status="failed")
        for _ in range(2):
            bring_back_stranded({"payout": payout.public_id}, NOW)
        assert proposed() == [(payout.pk, "stranded", "approved", 10_000)]
        assert Reversal.objects.get().proposed_by == propose.SYSTEM

    def test_also_the_last_unit_of_it(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books, status="failed", transfer_returned_minor=9_999)
        bring_back_stranded({"payout": payout.public_id}, NOW)
        assert proposed() == [(payout.pk, "stranded", "approved", 1)]

    def test_nothing_where_nothing_stands_there(self, books: PayoutWorld) -> None:
        payout = transferred_payout(books, status="failed", transfer_returned_minor=10_000)
        debt = reversal_of(payout)
        bring_back_stranded({"payout": payout.public_id}, NOW)
        assert proposed() == [(payout.pk, "debt", "proposed", debt.amount_minor)]

    def test_not_by_a_rail_that_gives_nothing_back_or_is_gone(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = transferred_payout(make_world(settings, monkeypatch, PaperRail()), status="failed")
        assert not gives_back(payout)
        bring_back_stranded({"payout": payout.public_id}, NOW)
        Payout.objects.filter(pk=payout.pk).update(rail_account="gone")
        payout.refresh_from_db()
        assert not gives_back(payout)
        bring_back_stranded({"payout": payout.public_id}, NOW)
        assert proposed() == []


class TestHalfWay:
    @pytest.mark.parametrize("status", ["approved", "sending"])
    def test_one_whose_transfer_alone_was_made_is_stopped_by_taking_it_back(
        self, books: PayoutWorld, status: str
    ) -> None:
        payout = transferred_payout(books, status=status)
        assert may_stop_half_way(payout)
        stop_half_way(payout_pk=payout.pk, actor=FINANCE, reason="wrong", at=NOW)
        assert proposed() == [(payout.pk, "stopped", "approved", 10_000)]
        entry = AuditEntry.objects.get(subject_id=payout.public_id, act="to be stopped")
        assert (entry.actor, entry.reason) == (FINANCE, "wrong")
        self.refused(payout)

    @pytest.mark.parametrize("status", ["in_transit", "paid", "failed", "cancelled"])
    def test_not_one_that_was_asked_for_or_is_over(self, books: PayoutWorld, status: str) -> None:
        self.refused(transferred_payout(books, status=status))

    def test_also_for_the_last_unit_of_it(self, books: PayoutWorld) -> None:
        assert may_stop_half_way(transferred_payout(books, status="sending", transfer_returned_minor=9_999))

    def test_not_without_a_transfer_nor_by_a_rail_that_gives_nothing_back(
        self, books: PayoutWorld, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.refused(transferred_payout(books, status="sending", rail_transfer_id=None))
        self.refused(transferred_payout(books, status="sending", transfer_returned_minor=10_000))
        plain = make_world(settings, monkeypatch, PaperRail())
        self.refused(transferred_payout(plain, status="sending"))

    def refused(self, payout: Payout) -> None:
        before = traces()
        assert not may_stop_half_way(payout)
        with pytest.raises(NothingToReverse):
            stop_half_way(payout_pk=payout.pk, actor=FINANCE, reason="wrong", at=NOW)
        assert traces() == before
