"""A statement as values and as paper says the same, cell by cell, and no spreadsheet executes any of it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from config.kernel.money import Money
from payouts.statements.paper import paper_lines
from payouts.statements.pdf import COLUMNS as PAPER_COLUMNS
from payouts.statements.queries import Heading, Period, Row
from payouts.statements.sheet import COLUMNS, csv_lines
from payouts.statements.words import BALANCES, WORDS, in_words

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
AT = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)


def inr(minor: int) -> Money:
    return Money(minor, "INR")


def head(opening: int = 500, *, name: str = "") -> Heading:
    return Heading("pye_1", name, "INR", NOVEMBER, inr(opening))


def row(amount: int, balance: int, *, what: str = "Payout", about: str = "po_1", of: str = "balance") -> Row:
    return Row(AT, what, of, about, inr(amount), inr(balance))


ROWS = (row(1_250, 1_750, what="Sale, less our fees", about="ord_1"), row(-1_760, -10), row(-30, -40, of="owed to us"))


def table(*given: Row, opening: int = 500) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(head(opening), given)))))


class TestSheet:
    def test_begins_with_the_opening_and_ends_with_the_closing(self) -> None:
        found = table(*ROWS)
        assert [each["what"] for each in found] == [
            "Opening balance", "Sale, less our fees", "Payout", "Payout", "Closing balance",
        ]  # fmt: skip
        assert [each["balance"] for each in found] == ["5.00", "17.50", "-0.10", "-0.40", "-0.40"]
        assert [each["amount"] for each in found] == ["", "12.50", "-17.60", "-0.30", ""]
        assert {each["currency"] for each in found} == {"INR"}

    def test_says_when_it_was_booked_and_between_which_instants(self) -> None:
        found = table(ROWS[0])
        assert [each["booked (UTC)"] for each in found] == [
            "2026-11-01 00:00:00", "2026-11-02 03:04:05", "2026-12-01 00:00:00",
        ]  # fmt: skip

    def test_of_nothing_it_closes_as_it_opened(self) -> None:
        assert [each["balance"] for each in table(opening=-7)] == ["-0.07", "-0.07"]

    @pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "@SUM(A1)", "-2+3", "\t=1"])
    def test_an_id_that_is_a_formula_is_text(self, evil: str) -> None:
        assert table(row(1, 1, about=evil))[1]["about"].startswith("'")

    def test_each_line_has_every_column(self) -> None:
        lines = list(csv_lines(head(), ROWS))
        assert all(line.endswith("\r\n") for line in lines)
        assert {len(cells) for cells in csv.reader(lines)} == {len(COLUMNS)}

    def test_is_written_line_by_line(self) -> None:
        """Long statements are never kept whole: nothing is read ahead of what was asked for."""
        read: list[int] = []

        def given() -> object:
            for number in range(100):
                read.append(number)
                yield row(1, number)

        lines = csv_lines(head(), given())  # type: ignore[arg-type]
        for _ in range(4):
            next(lines)
        assert len(read) == 2


class TestPaper:
    def test_says_the_same_as_the_sheet(self) -> None:
        shown = [line.split() for line in paper_lines(head(), ROWS) if line.startswith("2026-")]
        assert [cells[-2:] for cells in shown] == [[each["amount"], each["balance"]] for each in table(*ROWS)[1:-1]]

    def test_has_a_heading_and_both_balances(self) -> None:
        lines = list(paper_lines(head(name="Asha Rao"), ROWS))
        assert lines[0] == "STATEMENT"
        assert "Payee     pye_1  Asha Rao" in lines
        assert "Period    2026-11-01 to 2026-11-30, both included, in UTC" in lines
        assert [line.split()[-1] for line in lines if "Opening" in line or "Closing" in line] == ["5.00", "-0.40"]
        assert lines[-1].startswith("Balance: what we owe you")

    def test_without_a_name_the_id_alone(self) -> None:
        assert "Payee     pye_1" in list(paper_lines(head(), ()))

    def test_of_nothing_it_closes_as_it_opened(self) -> None:
        assert sum(line.endswith("5.00") for line in paper_lines(head(), ())) == 2

    @pytest.mark.parametrize("minor", [1, -1, 10**12, -(10**12)])
    def test_fits_the_page_whatever_the_amounts(self, minor: int) -> None:
        for line in paper_lines(head(minor), (row(minor, -minor),)):
            assert len(line) <= PAPER_COLUMNS

    def test_amounts_stand_right_under_each_other(self) -> None:
        ends = {len(line) for line in paper_lines(head(), ROWS) if line.startswith("2026-")}
        assert len(ends) == 1


class TestWords:
    @pytest.mark.parametrize("event", WORDS)
    def test_are_no_names_of_a_machine(self, event: str) -> None:
        assert "_" not in in_words(event)
        assert in_words(event)[0].isupper()

    def test_what_nobody_wrote_words_for_is_named_as_the_books_name_it(self) -> None:
        assert in_words("brand_new_event") == "Brand new event"

    def test_each_balance_of_a_payee_has_its_own_name(self) -> None:
        assert len(set(BALANCES.values())) == len(BALANCES) == 3
