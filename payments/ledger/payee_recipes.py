"""The recipes of what we owe payees and what they owe us. Numbers in brackets: docs/ledger.md."""

from __future__ import annotations

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft


def reserve_released(*, owner: str, number: int, amount: Money, why: str) -> Draft:
    """[11] What was kept back is the payee's: its day has come, or nothing explains it any more."""
    return draft(
        f"reserve:{owner}:{amount.currency}:{number}:released",
        event="reserve_released",
        subject_id=owner,
        lines=[Line(Account.RESERVE, amount, owner=owner), Line(Account.PAYABLE, -amount, owner=owner)],
        memo=why,
    )


def reserve_kept(*, owner: str, number: int, amount: Money, why: str) -> Draft:
    """[11] The other way round: what is payable is kept back, for a dispute or because something was taken from it."""
    return draft(
        f"reserve:{owner}:{amount.currency}:{number}:kept",
        event="reserve_kept",
        subject_id=owner,
        lines=[Line(Account.PAYABLE, amount, owner=owner), Line(Account.RESERVE, -amount, owner=owner)],
        memo=why,
    )


def set_off(*, cause_key: str, subject_id: str, owner: str, amount: Money) -> Draft:
    """[30] After a credit to payable: what the payee owes is taken from what we owe them."""
    return draft(
        f"setoff:{cause_key}",
        event="set_off",
        subject_id=subject_id,
        lines=[Line(Account.PAYABLE, amount, owner=owner), Line(Account.RECEIVABLE, -amount, owner=owner)],
    )


def debt_repaid(*, proposal_id: str, owner: str, bank_account: str, amount: Money, reference: str) -> Draft:
    """[44] So much of what a payee owes us came to our bank."""
    return draft(
        f"debt:{proposal_id}:repaid",
        event="debt_repaid",
        subject_id=proposal_id,
        lines=[
            Line(Account.BANK, amount, owner=bank_account, external_ref=reference),
            Line(Account.RECEIVABLE, -amount, owner=owner),
        ],
    )


def debt_written_off(*, proposal_id: str, owner: str, amount: Money) -> Draft:
    """[44] So much of what a payee owes us we shall not get: our expense."""
    return draft(
        f"debt:{proposal_id}:written_off",
        event="debt_written_off",
        subject_id=proposal_id,
        lines=[Line(Account.BAD_DEBT, amount, owner=owner), Line(Account.RECEIVABLE, -amount, owner=owner)],
    )


def write_off_undone(*, cause_key: str, subject_id: str, owner: str, amount: Money) -> Draft:
    """[44] What left a debt is given back after that debt was written off: the payee kept the money then, and does not
    get it a second time. It is our expense no more."""
    return draft(
        f"writeoff_undone:{cause_key}",
        event="write_off_undone",
        subject_id=subject_id,
        lines=[Line(Account.PAYABLE, amount, owner=owner), Line(Account.BAD_DEBT, -amount, owner=owner)],
    )
