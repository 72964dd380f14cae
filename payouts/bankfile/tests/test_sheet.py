"""What stands in the file is what a bank wants, and no spreadsheet executes it."""

from __future__ import annotations

import csv
import io

import pytest

from config.kernel.money import Money
from payouts.bankfile.sheet import COLUMNS, Row, harmless, sheet


class TestSheet:
    def test_a_row_per_payout_that_reads_back(self) -> None:
        details = {"holder": "Asha, Rao", "ifsc": "HDFC0001234", "account_number": "00123456789"}
        text = sheet([Row("po_1", Money(885_000, "INR"), details), Row("po_2", Money(500, "JPY"), {"iban": "DE89"})])
        rows = list(csv.DictReader(io.StringIO(text)))
        assert tuple(rows[0]) == COLUMNS
        assert rows[0]["beneficiary name"] == "Asha, Rao"
        assert (rows[0]["account number"], rows[0]["IFSC"]) == ("00123456789", "HDFC0001234")
        assert (rows[0]["amount"], rows[0]["currency"], rows[0]["narration"]) == ("8850.00", "INR", "payout po_1")
        assert (rows[1]["amount"], rows[1]["IBAN"]) == ("500", "DE89")

    @pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
    def test_a_formula_is_text(self, evil: str) -> None:
        (row,) = csv.DictReader(io.StringIO(sheet([Row("po_1", Money(1, "INR"), {"holder": evil})])))
        assert not row["beneficiary name"].startswith(("=", "+", "-", "@", "\t", "\r"))

    def test_what_is_harmless_stays(self) -> None:
        assert harmless("Asha Rao") == "Asha Rao"
        assert harmless("two\nlines") == "two lines"

    def test_nothing_of_it_shows_in_a_log(self) -> None:
        assert "Rao" not in repr(Row("po_1", Money(1, "INR"), {"holder": "Asha Rao"}))

    @pytest.mark.parametrize("column", ["holder", "account_number", "ifsc", "iban", "bic", "routing_number"])
    @pytest.mark.parametrize("evil", ["=1+1", '=1","=2', "@x\r\n=3", "+91", "\n-2"])
    def test_whichever_cell_it_stands_in(self, column: str, evil: str) -> None:
        text = sheet([Row("po_1", Money(1, "INR"), {column: evil}), Row("po_2", Money(2, "INR"), {})])
        rows = list(csv.reader(io.StringIO(text)))
        assert [len(row) for row in rows] == [len(COLUMNS)] * 3
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows for cell in row)

    @pytest.mark.parametrize(
        ("minor", "currency", "shown"),
        [(1, "INR", "0.01"), (1_234_567, "KWD", "1234.567"), (10**9, "JPY", "1000000000")],
    )
    def test_amounts_have_the_decimals_of_their_currency(self, minor: int, currency: str, shown: str) -> None:
        (row,) = csv.DictReader(io.StringIO(sheet([Row("po_1", Money(minor, currency), {})])))
        assert (row["amount"], row["currency"]) == (shown, currency)

    def test_of_nothing_the_columns_alone(self) -> None:
        assert sheet([]) == ",".join(COLUMNS) + "\r\n"
