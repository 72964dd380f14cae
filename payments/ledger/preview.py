"""A draft as it would stand in the books, and lines as they stand there, for showing."""

from __future__ import annotations

from collections.abc import Iterable

from config.kernel.bookline import BookLine
from config.kernel.money import Money
from payments.ledger.models import LedgerLine
from payments.ledger.recipes import Draft


def lines_of(draft: Draft) -> tuple[BookLine, ...]:
    """What posting this draft would write."""
    return tuple(BookLine(draft.event, line.account, line.owner, line.ref, line.amount) for line in draft.lines)


def booked(lines: Iterable[LedgerLine]) -> tuple[BookLine, ...]:
    """Lines that stand in the books, read with their entries."""
    return tuple(
        BookLine(line.entry.event, line.account, line.owner, line.ref, Money(line.amount_minor, line.currency))
        for line in lines
    )
