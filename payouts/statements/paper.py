"""A statement as lines of fixed-width text, which the PDF shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from config.kernel.money import Money
from payouts.statements.queries import Heading, Row

# As wide as what is longest: what happened in words, and an id.
_WHAT, _ABOUT = 42, 27
_RULE = "-" * (17 + _WHAT + 11 + _ABOUT + 14 + 1 + 14)


def paper_lines(head: Heading, rows: Iterable[Row]) -> Iterator[str]:
    """The heading, each row, and the closing balance."""
    yield "STATEMENT"
    yield ""
    yield f"Payee     {head.payee_id}{f'  {head.name}' if head.name else ''}"
    yield f"Period    {head.period.first} to {head.period.last}, both included, in UTC"
    yield f"Currency  {head.currency}"
    yield ""
    yield _line("Booked (UTC)", "What", "Of", "About", "Amount", "Balance")
    yield _RULE
    yield _line("", "Opening balance", "", "", "", _plain(head.opening))
    closing = head.opening
    for row in rows:
        closing = row.balance
        yield _line(
            f"{row.at:%Y-%m-%d %H:%M}", row.what, row.balance_of, row.about, _plain(row.amount), _plain(row.balance)
        )
    yield _RULE
    yield _line("", "Closing balance", "", "", "", _plain(closing))
    yield ""
    yield "Balance: what we owe you, with what is kept in reserve, less what you owe us."


def _line(at: str, what: str, of: str, about: str, amount: str, balance: str) -> str:
    return f"{at:<17}{what[: _WHAT - 1]:<{_WHAT}}{of:<11}{about[: _ABOUT - 1]:<{_ABOUT}}{amount:>14} {balance:>14}"


def _plain(money: Money) -> str:
    return str(money.decimal)
