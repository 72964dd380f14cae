"""The recipes of bounties: what a scout is promised, when it is theirs, and how it is taken back.

The numbers in brackets are the rows of the table of recipes in docs/ledger.md.
"""

from __future__ import annotations

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft


def bounty_accrued(*, bounty_id: str, owner: str, amount: Money) -> Draft:
    """[38] Earned, and kept in reserve until the order that earned it is completed."""
    return draft(
        f"bounty:{bounty_id}:accrued",
        event="bounty_accrued",
        subject_id=bounty_id,
        lines=[Line(Account.BOUNTIES, amount), Line(Account.RESERVE, -amount, owner=owner)],
    )


def bounty_matured(*, bounty_id: str, owner: str, amount: Money) -> Draft:
    """[38] The order is completed: the scout's."""
    return draft(
        f"bounty:{bounty_id}:matured",
        event="bounty_matured",
        subject_id=bounty_id,
        lines=[Line(Account.RESERVE, amount, owner=owner), Line(Account.PAYABLE, -amount, owner=owner)],
    )


def bounty_withdrawn(*, bounty_id: str, owner: str, amount: Money) -> Draft:
    """[38] The order came to nothing before it was completed: out of the reserve."""
    return draft(
        f"bounty:{bounty_id}:reversed",
        event="bounty_reversed",
        subject_id=bounty_id,
        lines=[Line(Account.RESERVE, amount, owner=owner), Line(Account.BOUNTIES, -amount)],
    )


def bounty_taken_back(*, bounty_id: str, owner: str, payable: Money, receivable: Money) -> Draft:
    """[38] The order came to nothing after the bounty was theirs: from what is payable, and the rest they owe. Never
    from reserve, which is of other bounties."""
    return draft(
        f"bounty:{bounty_id}:reversed",
        event="bounty_reversed",
        subject_id=bounty_id,
        lines=[
            Line(Account.PAYABLE, payable, owner=owner),
            Line(Account.RECEIVABLE, receivable, owner=owner),
            Line(Account.BOUNTIES, -(payable + receivable)),
        ],
        takes_back=True,
    )
