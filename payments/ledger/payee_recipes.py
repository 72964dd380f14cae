"""The recipes of what we owe payees and what they owe us. Numbers in brackets: docs/ledger.md."""

from __future__ import annotations

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft


def set_off(*, cause_key: str, subject_id: str, owner: str, amount: Money) -> Draft:
    """[30] After a credit to payable: what the payee owes is taken from what we owe them."""
    return draft(
        f"setoff:{cause_key}",
        event="set_off",
        subject_id=subject_id,
        lines=[Line(Account.PAYABLE, amount, owner=owner), Line(Account.RECEIVABLE, -amount, owner=owner)],
    )
