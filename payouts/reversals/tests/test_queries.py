"""Reads of reversals keep to one payout, one payee and one currency, and lock the reversal alone."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.payout.models import Payout
from payouts.reversals import queries
from payouts.reversals.queries import debt_minor, lock_reversal, open_reversals, reversible, transferred
from payouts.reversals.rules import Transferred
from payouts.reversals.tests.transferring import owe, reversal_of, reversing_world, transferred_payout
from payouts.tests.payout_world import NOW, PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # payouts whose state is only written


@pytest.fixture
def books(settings: Any, monkeypatch: pytest.MonkeyPatch) -> PayoutWorld:
    return reversing_world(settings, monkeypatch)


def test_a_reversal_is_locked_alone_and_brings_its_payout(books: PayoutWorld, django_assert_num_queries: Any) -> None:
    reversal = reversal_of(transferred_payout(books))
    with django_assert_num_queries(1) as captured:
        found = lock_reversal(reversal.pk)
        assert found.payout.payee.user.email
        assert found.payout.destination.masked
    assert 'FOR UPDATE OF "payouts_reversal"' in captured[0]["sql"]


def test_a_transfer_stands_as_its_payout_says(books: PayoutWorld) -> None:
    failed = transferred_payout(books, status="failed", transfer_returned_minor=4_000, transfer_repaid_minor=1_000)
    assert transferred(failed) == Transferred(10_000, 4_000, 7_000, is_half_way=False)
    assert transferred(transferred_payout(books)) == Transferred(10_000, 0, 0, is_half_way=False)
    assert transferred(transferred_payout(books, status="sending")).is_half_way


def test_a_debt_is_of_one_payee_and_currency(books: PayoutWorld) -> None:
    first, second = books.payee(), books.payee()
    assert debt_minor(first.owner, "INR") == 0
    owe(books, first, 3_000)
    books.take_back(second, 40)
    books.take_back(first, 50, "USD")
    assert [debt_minor(first.owner, unit) for unit in ("INR", "USD", "EUR")] == [3_000, 50, 0]


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("proposed", True),
        ("approved", True),
        ("sending", True),
        ("succeeded", False),
        ("declined", False),
        ("cancelled", False),
    ],
)
def test_an_open_one_is_of_this_payout(books: PayoutWorld, status: str, is_open: bool) -> None:
    payout, other = transferred_payout(books), transferred_payout(books)
    reversal_of(payout, status=status, ended_at=None if is_open else NOW)
    assert open_reversals(payout).exists() is is_open
    assert not open_reversals(other).exists()


class TestReversible:
    def test_are_those_of_the_payee_that_the_bank_has_the_newest_first(self, books: PayoutWorld) -> None:
        first = transferred_payout(books)
        second = transferred_payout(books, payee=first.payee, transfer_returned_minor=9_999)
        transferred_payout(books, payee=first.payee, transfer_returned_minor=10_000)
        transferred_payout(books, payee=first.payee, rail_transfer_id=None)
        transferred_payout(books, payee=first.payee, status="returned")
        transferred_payout(books)
        assert reversible(first.owner, "INR") == [second, first]
        assert reversible(first.owner, "USD") == []

    def test_no_further_back_than_the_newest(self, books: PayoutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "NEWEST", 2)
        first = transferred_payout(books)
        later: list[Payout] = [transferred_payout(books, payee=first.payee) for _ in range(2)]
        assert reversible(first.owner, "INR") == later[::-1]
