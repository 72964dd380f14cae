"""A statement as comma-separated values, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from payouts.bankfile.sheet import harmless
from payouts.statements.queries import Heading, Row

COLUMNS = ("booked (UTC)", "what", "of", "about", "currency", "amount", "balance")


def csv_lines(head: Heading, rows: Iterable[Row]) -> Iterator[str]:
    """The lines of the file: the opening balance, each row, the closing balance. Amounts are plain decimals."""
    yield _line(COLUMNS)
    yield _line((f"{head.period.since:%Y-%m-%d %H:%M:%S}", "Opening balance", "", "", head.currency, "",
                 str(head.opening.decimal)))  # fmt: skip
    closing = head.opening
    for row in rows:
        closing = row.balance
        yield _line(
            (f"{row.at:%Y-%m-%d %H:%M:%S}", row.what, row.balance_of, harmless(row.about), head.currency,
             str(row.amount.decimal), str(row.balance.decimal))
        )  # fmt: skip
    yield _line((f"{head.period.until:%Y-%m-%d %H:%M:%S}", "Closing balance", "", "", head.currency, "",
                 str(closing.decimal)))  # fmt: skip


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
