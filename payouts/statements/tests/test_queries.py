"""What a statement reads out of the ledger: every line of one payee, one currency and one period, and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from config.crypto import seal
from config.kernel.money import Money
from payments.ledger.models import LedgerLine
from payouts.payees.models import Payee, PayeeKind
from payouts.statements.queries import EARLIEST, LATEST, PAGE, Heading, Period, Row, heading, rows, why_no_period
from payouts.tests.payout_world import NOW, PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # gifts and reserves that nothing explains
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def read(payee: Payee, period: Period = NOVEMBER, currency: str = "INR") -> tuple[Heading, list[Row]]:
    head = heading(payee, currency, period)
    return head, list(rows(payee, head))


class TestPeriod:
    @pytest.mark.parametrize(
        ("first", "last", "why"),
        [
            (date(2026, 11, 1), date(2026, 11, 1), ""),
            (date(2026, 11, 2), date(2026, 11, 1), "It lies before the beginning."),
            (EARLIEST, LATEST, ""),
            (EARLIEST - timedelta(days=1), LATEST, "A statement lies between 2000-01-01 and 2999-12-31."),
            (EARLIEST, LATEST + timedelta(days=1), "A statement lies between 2000-01-01 and 2999-12-31."),
        ],
    )
    def test_is_some_days_of_an_age_in_which_there_is_money(self, first: date, last: date, why: str) -> None:
        assert why_no_period(first, last) == why

    def test_has_both_its_days_whole(self) -> None:
        day = Period(date(2026, 11, 23), date(2026, 11, 23))
        assert (day.since, day.until) == (datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
        assert Period(EARLIEST, LATEST).until.year == 3000


class TestHeading:
    def test_opens_with_what_we_owe_less_what_they_owe(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payouts.keep_in_reserve(payee, 3_000)
        assert payouts.balance(payee) == (5_000, 3_000, 0)
        december = Period(date(2026, 12, 1), date(2026, 12, 31))
        assert heading(payee, "INR", december).opening == Money(8_000, "INR")
        payouts.take_back(payee, 9_000)
        assert payouts.balance(payee) == (0, 0, 1_000)
        assert heading(payee, "INR", december).opening == Money(-1_000, "INR")

    def test_names_the_payee_where_a_name_is_kept(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        assert heading(payee, "INR", NOVEMBER).name == ""
        payee.legal_name = seal(b"Asha Rao")
        assert heading(payee, "INR", NOVEMBER).name == "Asha Rao"
        assert heading(payee, "INR", NOVEMBER).payee_id == payee.public_id


class TestRows:
    def test_are_of_this_payee_alone(self, payouts: PayoutWorld) -> None:
        mine, theirs = payouts.payee(100), payouts.payee(900)
        payouts.freeze(theirs)
        assert [row.amount.amount_minor for row in read(mine)[1]] == [100]

    def test_what_somebody_sells_and_what_they_scout_never_mix(self, payouts: PayoutWorld) -> None:
        seller = payouts.payee(100)
        scout = payouts.payee(7, kind=PayeeKind.SCOUT)
        type(scout).objects.filter(pk=scout.pk).update(user=seller.user)
        for payee, minor in ((seller, 100), (scout, 7)):
            assert [row.amount.amount_minor for row in read(payee)[1]] == [minor]

    def test_are_of_this_currency_alone(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        payouts.earn(payee, 5, "USD")
        assert [row.amount for row in read(payee)[1]] == [Money(100, "INR")]
        assert [row.amount for row in read(payee, currency="USD")[1]] == [Money(5, "USD")]

    def test_are_none_of_our_own_accounts(self, payouts: PayoutWorld) -> None:
        """What is in transit is theirs no more on the statement: the payout took it off the balance."""
        payout = payouts.sent(100)
        _, found = read(payout.payee)
        assert [(row.what, row.balance_of) for row in found] == [("Gift", "balance"), ("Payout", "balance")]
        owners = LedgerLine.objects.filter(owner=payout.owner).values_list("account", flat=True)
        assert "in_transit" in set(owners)

    def test_run_from_the_opening_to_what_the_books_say(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payouts.at = NOW.replace(month=12)
        payouts.keep_in_reserve(payee, 3_000)
        payouts.freeze(payee)
        payouts.earn(payee, 40)
        head, found = read(payee, Period(date(2026, 12, 1), date(2026, 12, 31)))
        assert head.opening == Money(8_000, "INR")
        running = head.opening
        for row in found:
            running += row.amount
            assert row.balance == running
        payable, reserve, receivable = payouts.balance(payee)
        assert running == Money(payable + reserve - receivable, "INR") == Money(3_040, "INR")

    def test_stop_before_the_first_instant_of_the_next_day(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        for at in (NOVEMBER.until - timedelta(microseconds=1), NOVEMBER.until):
            payouts.at = at
            payouts.earn(payee, 1)
        assert len(read(payee)[1]) == 1
        assert read(payee, Period(date(2026, 12, 1), date(2026, 12, 1)))[0].opening == Money(1, "INR")

    @pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1])
    def test_a_page_that_is_just_full_is_not_the_last(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch, count: int
    ) -> None:
        monkeypatch.setattr("payouts.statements.queries.PAGE", 2)
        payee, number = payouts.payee(), count - PAGE + 2
        for _ in range(number):
            payouts.earn(payee, 5)
        assert [row.balance.amount_minor for row in read(payee)[1]] == [5 * (each + 1) for each in range(number)]
