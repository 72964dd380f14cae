"""What a statement says at its borders: of nothing, of today, to the microsecond, and in every kind of currency."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, look, text_of
from config.kernel.money import Money
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Payee
from payouts.statements.api import file_name, written
from payouts.statements.paper import paper_lines
from payouts.statements.queries import Period, heading, rows
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def earn_at(world: PayoutWorld, payee: Payee, minor: int, at: datetime, currency: str = "INR") -> None:
    world.at = at
    world.earn(payee, minor, currency)


def sheet(payee: Payee, currency: str, period: Period) -> list[dict[str, str]]:
    text = b"".join(written(payee, heading(payee, currency, period), "csv")).decode()
    return list(csv.DictReader(io.StringIO(text)))


class TestNothing:
    def test_opens_and_closes_at_nothing(self, payouts: PayoutWorld) -> None:
        table = sheet(payouts.payee(), "INR", NOVEMBER)
        assert [(row["what"], row["balance"]) for row in table] == [
            ("Opening balance", "0.00"), ("Closing balance", "0.00"),
        ]  # fmt: skip

    def test_as_paper_too(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        head = heading(payee, "INR", NOVEMBER)
        text = "\n".join(paper_lines(head, rows(payee, head)))
        assert "2026-11-01 to 2026-11-30, both included, in UTC" in text
        assert text.count("0.00") == 2
        assert b"".join(written(payee, head, "pdf")).startswith(b"%PDF")

    def test_before_anything_and_after_everything(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(5_000)
        before, after = Period(date(2020, 1, 1), date(2020, 1, 1)), Period(date(2030, 1, 1), date(2030, 1, 1))
        assert [row["balance"] for row in sheet(payee, "INR", before)] == ["0.00", "0.00"]
        assert [row["balance"] for row in sheet(payee, "INR", after)] == ["50.00", "50.00"]


class TestBorders:
    def test_whole_days_in_utc_to_the_microsecond(self, payouts: PayoutWorld) -> None:
        payee, tick = payouts.payee(), timedelta(microseconds=1)
        for minor, at in (
            (1, NOVEMBER.since - tick), (20, NOVEMBER.since), (300, NOVEMBER.until - tick), (4_000, NOVEMBER.until),
        ):  # fmt: skip
            earn_at(payouts, payee, minor, at)
        head = heading(payee, "INR", NOVEMBER)
        assert head.opening == Money(1, "INR")
        assert [row.amount.amount_minor for row in rows(payee, head)] == [20, 300]
        assert sheet(payee, "INR", NOVEMBER)[-1]["balance"] == "3.21"

    def test_months_follow_each_other_without_a_gap(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        for number in range(9):
            earn_at(payouts, payee, 10**number, datetime(2026, 9, 25, tzinfo=UTC) + timedelta(days=13 * number))
        months = [Period(date(2026, month, 1), date(2026, month + 1, 1) - timedelta(days=1)) for month in (9, 10, 11)]
        months.append(Period(date(2026, 12, 1), date(2027, 1, 31)))
        tables = [sheet(payee, "INR", month) for month in months]
        for earlier, later in pairwise(tables):
            assert earlier[-1]["balance"] == later[0]["balance"]
            assert earlier[-1]["booked (UTC)"] == later[0]["booked (UTC)"]
        assert sum(len(table) - 2 for table in tables) == 9
        assert tables[-1][-1]["balance"] == "1111111.11"

    def test_today_goes_until_now_and_says_what_comes_later_next_time(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        today = Period(payouts.at.date(), payouts.at.date())
        assert len(sheet(payee, "INR", today)) == 3
        payouts.later(hours=1)
        payouts.earn(payee, 50)
        table = sheet(payee, "INR", today)
        assert [row["amount"] for row in table] == ["", "1.00", "0.50", ""]
        assert table[-1]["balance"] == "1.50"


class TestCurrencies:
    @pytest.mark.parametrize(
        ("currency", "amount", "balance"),
        [("JPY", "1234", "1235"), ("INR", "12.34", "12.35"), ("KWD", "1.234", "1.235")],
    )
    def test_have_their_own_decimals(self, payouts: PayoutWorld, currency: str, amount: str, balance: str) -> None:
        payee = payouts.payee()
        payouts.earn(payee, 1_234, currency)
        payouts.earn(payee, 1, currency)
        payouts.earn(payee, 99, "USD")
        table = sheet(payee, currency, NOVEMBER)
        assert (table[1]["amount"], table[-1]["balance"], len(table)) == (amount, balance, 4)
        head = heading(payee, currency, NOVEMBER)
        assert any(line.endswith(balance) for line in paper_lines(head, rows(payee, head)))

    def test_closes_at_what_the_books_say(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(9_999, says="declined")
        payouts.keep_in_reserve(payout.payee, 700)
        payouts.freeze(payout.payee, retry_of=payout)
        payouts.take_back(payout.payee, 10_000)
        row = PayeeBalance.objects.get(owner=payout.owner, currency="INR")
        owed = Money(row.payable_minor + row.reserve_minor - row.receivable_minor, "INR")
        assert sheet(payout.payee, "INR", NOVEMBER)[-1]["balance"] == str(owed.decimal)


class TestFiles:
    def test_are_named_after_what_they_are(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        name = file_name(heading(payee, "INR", NOVEMBER), "csv")
        assert name == f"statement-{payee.public_id}-INR-2026-11-01-2026-11-30.csv"

    def test_an_operator_is_told_of_a_period_that_ends_before_it_begins(self, payouts: PayoutWorld) -> None:
        given = {"currency": "INR", "first": "2026-11-30", "last": "2026-11-01", "file": "csv"}
        assert "It lies before the beginning." in text_of(
            look(as_role(Role.SUPPORT), payouts.payee(), "statement", **given)
        )
