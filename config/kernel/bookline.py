"""A line of the books as plain values, for showing what was or would be written."""

from __future__ import annotations

from dataclasses import dataclass

from config.kernel.money import Money


@dataclass(frozen=True, slots=True)
class BookLine:
    """Debits are above zero, credits below, as the ledger has them. `event` says what it is booked for."""

    event: str
    account: str
    owner: str
    ref: str
    amount: Money

    @property
    def debit(self) -> Money | None:
        return self.amount if self.amount.amount_minor > 0 else None

    @property
    def credit(self) -> Money | None:
        return -self.amount if self.amount.amount_minor < 0 else None
