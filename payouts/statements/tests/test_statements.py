"""A statement is the ledger, to the minor unit, however long it is."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, confirm, text_of
from config.kernel.money import Money
from orders.tests.factories import make_user
from payments.ledger.models import LedgerLine, PayeeBalance
from payouts.payees.models import Payee
from payouts.payees.tests.test_api import call, codes
from payouts.statements.api import written
from payouts.statements.paper import paper_lines
from payouts.statements.pdf import COLUMNS
from payouts.statements.queries import PAGE, Heading, Period, Row, heading, rows
from payouts.statements.tests.test_pdf import text_of_pdf
from payouts.statements.words import BALANCES, WORDS, in_words
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
_FILL = """
WITH facts AS (
    SELECT * FROM unnest(%(keys)s::text[], %(amounts)s::bigint[], %(times)s::timestamptz[]) WITH ORDINALITY
           AS fact(key, amount, at, place)
), entries AS (
    INSERT INTO payments_ledgerentry (key, event, subject_id, actor, memo, posted_at, effective_at)
    SELECT key, 'gift', 'po_' || place, 'test', '', at, at FROM facts ORDER BY place RETURNING id, key
)
INSERT INTO payments_ledgerline (entry_id, account, owner, ref, currency, amount_minor, external_ref, effective_at)
SELECT e.id, side.account, side.owner, '', 'INR', side.sign * f.amount, '', f.at
  FROM facts f JOIN entries e USING (key)
 CROSS JOIN (VALUES ('payable', %(owner)s, -1), ('goodwill', '', 1)) AS side(account, owner, sign)
 ORDER BY f.place
"""


def fill(payee: Payee, count: int, *, began: datetime) -> list[int]:
    """So many lines on somebody's balance, in one statement; never below zero. Returns the amounts."""
    chance, standing, amounts = random.Random(20_261_121), 0, []
    for _ in range(count):
        amount = chance.randint(-min(standing, 90_000), 100_000) or 1
        standing += amount
        amounts.append(amount)
    times = [began + timedelta(seconds=37 * number) for number in range(count)]
    with connection.cursor() as cursor:
        keys = [f"fill:{payee.pk}:{number}" for number in range(count)]
        cursor.execute(_FILL, {"keys": keys, "amounts": amounts, "times": times, "owner": payee.owner})
    PayeeBalance.objects.create(owner=payee.owner, currency="INR", payable_minor=standing)
    return amounts


def in_csv(payee: Payee, head: Heading) -> list[dict[str, str]]:
    text = b"".join(written(payee, head, "csv")).decode()
    return list(csv.DictReader(io.StringIO(text)))


def minor(text: str) -> int:
    return int(text.replace(".", ""))


class TestTenThousandLines:
    def test_csv_and_pdf_are_the_ledger(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        amounts = fill(payee, 10_000, began=datetime(2026, 10, 30, 1, tzinfo=UTC))
        before = LedgerLine.objects.filter(owner=payee.owner, account="payable")
        inside = list(
            before.filter(entry__posted_at__gte=NOVEMBER.since, entry__posted_at__lt=NOVEMBER.until)
            .order_by("pk")
            .values_list("amount_minor", flat=True)
        )
        head = heading(payee, "INR", NOVEMBER)
        assert head.opening.amount_minor == sum(amounts) + sum(inside) > 0
        table = in_csv(payee, head)
        assert len(table) == len(inside) + 2 > 5_000
        assert [minor(row["amount"]) for row in table[1:-1]] == [-line for line in inside]
        running = head.opening.amount_minor
        for row in table[1:-1]:
            running += minor(row["amount"])
            assert minor(row["balance"]) == running
        assert minor(table[-1]["balance"]) == running == sum(amounts)
        shown = text_of_pdf(b"".join(written(payee, head, "pdf")))
        columns = [line.split()[-2:] for line in shown if line.startswith("2026-")]
        assert [(minor(amount), minor(balance)) for amount, balance in columns] == [
            (minor(row["amount"]), minor(row["balance"])) for row in table[1:-1]
        ]

    def test_are_read_page_by_page(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        fill(payee, 3 * PAGE, began=datetime(2026, 11, 2, tzinfo=UTC))
        head = heading(payee, "INR", NOVEMBER)
        with CaptureQueriesContext(connection) as queries:
            found = rows(payee, head)
            for _ in range(PAGE):
                next(found)
        assert len(queries) <= 2


class TestLines:
    def test_say_what_happened_in_plain_words(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        payouts.keep_in_reserve(payout.payee, 2_000)
        head = heading(payout.payee, "INR", NOVEMBER)
        found = list(rows(payout.payee, head))
        said = [(row.what, row.balance_of, row.amount.amount_minor, row.balance.amount_minor) for row in found]
        assert said[1:3] == [("Payout", "balance", -10_000, 0), ("Payout that was not made", "balance", 10_000, 10_000)]
        moved = {(what, of, amount) for what, of, amount, _ in said[3:]}
        assert moved == {("Kept back in reserve", "reserve", 2_000), ("Kept back in reserve", "balance", -2_000)}
        assert said[-1][3] == 10_000
        assert found[1].about == payout.public_id

    def test_what_they_owe_is_below_zero(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        payouts.take_back(payee, 700)
        (row,) = rows(payee, heading(payee, "INR", NOVEMBER))
        assert (row.balance_of, row.amount, row.balance) == ("owed to us", Money(-700, "INR"), Money(-700, "INR"))

    def test_every_event_that_touches_a_payee_has_words(self) -> None:
        assert {"release", "refund_allocated", "payout_frozen", "payout_unfrozen", "set_off"} <= set(WORDS)
        assert in_words("something_new") == "Something new"

    def test_another_month_begins_where_this_one_ended(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(5_000)
        december = Period(date(2026, 12, 1), date(2026, 12, 31))
        assert heading(payee, "INR", december).opening == Money(5_000, "INR")
        assert list(rows(payee, heading(payee, "INR", december))) == []
        assert heading(payee, "USD", NOVEMBER).opening == Money(0, "USD")


class TestPaper:
    def test_cuts_no_words_and_no_id(self) -> None:
        at, one = datetime(2026, 11, 2, tzinfo=UTC), Money(123, "INR")
        about = "po_43easEaqPWVIfbPeg01m5A"
        head = Heading("pye_1", "", "INR", NOVEMBER, one)
        for what in WORDS.values():
            for balance in BALANCES.values():
                shown = paper_lines(head, [Row(at, what, balance, about, one, one)])
                line = next(each for each in shown if about in each)
                assert f" {what} " in line
                assert balance in line
                assert len(line) <= COLUMNS


class TestApi:
    def path(self, payee: Payee, **changes: str) -> str:
        asked = {"currency": "INR", "from": "2026-11-01", "to": "2026-11-30", **changes}
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return f"/api/v1/payees/{payee.public_id}/statements/?{query}"

    def body(self, answer: Any) -> bytes:
        return b"".join(answer.streaming_content)

    def test_ones_own_as_csv_and_pdf(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(5_000)
        answer = call("get", self.path(payee), payee.user)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert b"Opening balance" in self.body(answer)
        answer = call("get", self.path(payee, format="pdf"), payee.user)
        assert answer.headers["Content-Disposition"].endswith('2026-11-01-2026-11-30.pdf"')
        assert self.body(answer).startswith(b"%PDF")

    def test_nobody_elses(self, payouts: PayoutWorld) -> None:
        mine, theirs = payouts.payee(1), payouts.payee(1)
        assert call("get", self.path(theirs), mine.user).status_code == 404
        assert call("get", self.path(theirs), None).status_code == 401
        assert call("get", self.path(theirs), make_user(Role.BUYER)).status_code == 403
        assert call("get", self.path(theirs), make_user(Role.AUDITOR)).status_code == 200

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"to": "2026-10-01"}, "wrong_period"),
            ({"format": "xls"}, "invalid_choice"),
            ({"currency": "XXX"}, "invalid_choice"),
            ({"from": "soon"}, "invalid"),
            ({"to": "9999-12-31"}, "wrong_period"),
            ({"from": "0001-01-01"}, "wrong_period"),
        ],
    )
    def test_refuses_what_is_no_period(self, payouts: PayoutWorld, changes: dict[str, str], code: str) -> None:
        payee = payouts.payee(1)
        answer = call("get", self.path(payee, **changes), payee.user)
        assert (answer.status_code, codes(answer)) == (400, {code})


class TestOperators:
    def test_take_it_out_from_the_payees_page(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(5_000)
        given = {"currency": "INR", "first": "2026-11-01", "last": "2026-11-30", "file": "pdf"}
        answer = confirm(as_role(Role.SUPPORT), payee, "statement", **given)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert "50.00" in " ".join(text_of_pdf(answer.content))

    def test_are_told_what_is_no_period(self, payouts: PayoutWorld) -> None:
        given = {"currency": "INR", "first": "2026-11-01", "last": "9999-12-31", "file": "csv"}
        answer = confirm(as_role(Role.SUPPORT), payouts.payee(5_000), "statement", **given)
        assert "A statement lies between" in text_of(answer)
