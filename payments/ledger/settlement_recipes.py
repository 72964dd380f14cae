"""One balanced recipe per event of a settlement. The numbers in brackets are rows of the table in docs/ledger.md."""

from __future__ import annotations

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft


def settlement_announced(*, settlement_id: str, account: str, amount: Money, external_ref: str) -> Draft:
    """[41, 42] The gateway's money is on its way to our bank, or, below zero, on its way from there."""
    return draft(
        f"settlement:{settlement_id}:announced",
        event="settlement_announced",
        subject_id=settlement_id,
        lines=[
            Line(Account.SETTLING, amount, owner=account),
            Line(Account.CLEARING, -amount, owner=account, external_ref=external_ref),
        ],
    )


def settlement_returned(*, settlement_id: str, account: str, amount: Money, external_ref: str) -> Draft:
    """[41] It failed or was cancelled: the gateway has the money again."""
    return draft(
        f"settlement:{settlement_id}:returned",
        event="settlement_returned",
        subject_id=settlement_id,
        lines=[
            Line(Account.CLEARING, amount, owner=account, external_ref=external_ref),
            Line(Account.SETTLING, -amount, owner=account),
        ],
    )
