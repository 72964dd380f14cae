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
