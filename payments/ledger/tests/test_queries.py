"""Balances and statements, as operators and auditors read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from config.kernel.bookline import BookLine
from config.kernel.money import Money
from payments.ledger import recipes
from payments.ledger.accounts import Account
from payments.ledger.queries import balance_minor, last_entry_id, statement, written_since
from payments.ledger.recipes import Line
from payments.ledger.services import post

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def book(key: str, minor: int, *, days: int = 0, currency: str = "USD", owner: str = "usr_a") -> None:
    """A credit of payable, so many days after AT by our clock; the gateway's is a week behind."""
    lines = [
        Line(Account.BANK, Money(minor, currency), owner="bank"),
        Line(Account.PAYABLE, Money(-minor, currency), owner=owner),
    ]
    at = AT + timedelta(days=days)
    draft = recipes.draft(key, event="test", subject_id=f"of {key}", lines=lines)
    with transaction.atomic():
        post(draft, actor="test", at=at, effective_at=at - timedelta(days=7))


class TestBalance:
    def test_sums_what_is_asked_for(self) -> None:
        book("one", 500)
        book("two", 300, owner="usr_b")
        book("three", 70, currency="EUR")
        assert balance_minor("payable", currency="USD") == -800
        assert balance_minor("payable", currency="USD", owner="usr_b") == -300
        assert balance_minor("payable", currency="EUR") == -70
        assert balance_minor("payable", currency="JPY") == 0

    def test_may_be_of_one_ref(self) -> None:
        holds = [recipes.HoldPart(f"hold_{number}", "usr_a", Money(number * 100, "USD")) for number in (1, 2)]
        draft = recipes.capture(
            charge_id="ch_1", account="stripe", payment_id="pay_1", holds=holds, unapplied=Money(0, "USD")
        )
        with transaction.atomic():
            post(draft, actor="test", at=AT)
            assert balance_minor("escrow", currency="USD", ref="hold_2") == -200
            transaction.set_rollback(True)


class TestStatement:
    @pytest.fixture(autouse=True)
    def _lines(self) -> None:
        for number, minor in enumerate((100, 20, 3)):
            book(f"day {number}", minor, days=number)
        book("another's", 999, owner="usr_b")

    def read(self, since_day: int, until_day: int, limit: int = 500) -> tuple[int, list[tuple[str, int, int]]]:
        opening, lines = statement(
            "payable",
            owner="usr_a",
            currency="USD",
            since=AT + timedelta(days=since_day),
            until=AT + timedelta(days=until_day),
            limit=limit,
        )
        return opening.amount_minor, [(line.key, line.amount.amount_minor, line.balance.amount_minor) for line in lines]

    def test_opens_with_what_was_before_and_runs_on(self) -> None:
        assert self.read(1, 3) == (-100, [("day 1", -20, -120), ("day 2", -3, -123)])

    def test_ends_before_its_end(self) -> None:
        assert self.read(0, 1) == (0, [("day 0", -100, -100)])

    def test_uses_our_time_not_the_gateways(self) -> None:
        assert self.read(-7, 0) == (0, [])

    def test_is_bounded(self) -> None:
        assert self.read(0, 3, limit=2)[1] == [("day 0", -100, -100), ("day 1", -20, -120)]

    def test_names_the_event_and_its_subject(self) -> None:
        _, (line,) = statement("payable", owner="usr_b", currency="USD", since=AT, until=AT + timedelta(days=1))
        assert (line.event, line.subject_id, line.posted_at) == ("test", "of another's", AT)


class TestWrittenSince:
    def test_tells_what_was_written_after_the_mark(self) -> None:
        book("one", 500)
        mark = last_entry_id()
        book("two", 300)
        assert written_since(mark) == [
            BookLine("test", "bank", "bank", "", Money(300, "USD")),
            BookLine("test", "payable", "usr_a", "", Money(-300, "USD")),
        ]
        assert len(written_since(0, limit=3)) == 3

    def test_starts_at_nothing(self) -> None:
        assert (last_entry_id(), written_since(0)) == (0, [])
