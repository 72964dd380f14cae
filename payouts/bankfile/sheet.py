"""The file that our bank takes: one row per payout, as comma-separated values that no spreadsheet executes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from config.kernel.money import Money

COLUMNS = (
    "reference", "beneficiary name", "account number", "IFSC", "IBAN", "BIC", "routing number", "currency", "amount",
    "narration",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Row:
    """One payout as the bank needs it. `details` identify the account in clear: they stand in the file alone."""

    reference: str
    amount: Money
    details: Mapping[str, str] = field(repr=False)


def harmless(value: str) -> str:
    """A cell that is text to every spreadsheet, whatever somebody wrote into their name."""
    flat = " ".join(value.split()) if any(mark in value for mark in "\t\r\n") else value
    return f"'{flat}" if flat.startswith(_FORMULA) else flat


def sheet(rows: Iterable[Row]) -> str:
    """The whole file. Amounts have as many decimals as their currency, and no separators but the point."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_cells(row))
    return out.getvalue()


def _cells(row: Row) -> Sequence[str]:
    def of(name: str) -> str:
        return harmless(row.details.get(name, ""))

    return (
        row.reference,
        of("holder"),
        of("account_number"),
        of("ifsc"),
        of("iban"),
        of("bic"),
        of("routing_number"),
        row.amount.currency,
        str(row.amount.decimal),
        f"payout {row.reference}",
    )
