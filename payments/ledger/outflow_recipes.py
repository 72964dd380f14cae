"""One balanced recipe per event of money that left a gateway unexplained. Numbers in brackets: docs/ledger.md."""

from __future__ import annotations

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft


def outflow_found(*, outflow_id: str, pot: Account, account: str, amount: Money, external_ref: str) -> Draft:
    """[45] The gateway sent our money to somebody, and nobody here knows why. `pot`: clearing, or a float."""
    return draft(
        f"outflow:{outflow_id}:found",
        event="outflow_found",
        subject_id=outflow_id,
        lines=[
            Line(Account.SUSPENSE, amount, ref=outflow_id),
            Line(pot, -amount, owner=account, external_ref=external_ref),
        ],
    )


def outflow_returned(
    *, outflow_id: str, pot: Account, account: str, amount: Money, total_minor: int, external_ref: str
) -> Draft:
    """[46] `amount` more of it is back, `total_minor` in all: so much is explained by itself."""
    return draft(
        f"outflow:{outflow_id}:returned:{total_minor}",
        event="outflow_returned",
        subject_id=outflow_id,
        lines=[
            Line(pot, amount, owner=account, external_ref=external_ref),
            Line(Account.SUSPENSE, -amount, ref=outflow_id),
        ],
    )
