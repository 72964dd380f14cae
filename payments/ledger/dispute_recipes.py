"""The recipes of disputes: what a bank took, what of it is lost to whom, and what was made good again.

The numbers in brackets are the rows of the table of recipes in docs/ledger.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft
from payments.ledger.refund_recipes import RefundPart, taken_lines


def dispute_moved(
    *, dispute_id: str, account: str, transaction_id: str, amount: Money, settled: Money | None, fee: Money
) -> Draft | None:
    """[23, 24] A movement of our balance for a dispute: `amount` below zero was withdrawn, above zero reinstated.

    `settled` is the same where our balance is kept in another currency, with the exchange (7); `fee` is in the currency
    of our balance, below zero where it was given back. None when nothing moved.
    """
    moved = settled if settled is not None else amount
    lines = [
        Line(Account.WITHDRAWN, -amount, ref=dispute_id),
        Line(Account.CLEARING, moved, owner=account, external_ref=transaction_id),
        Line(Account.DISPUTE_FEES, fee),
        Line(Account.CLEARING, -fee, owner=account, external_ref=transaction_id),
    ]
    if settled is not None:
        lines += [Line(Account.FX, amount), Line(Account.FX, -settled)]
    if not any(line.amount for line in lines):
        return None
    return draft(f"dispute:{transaction_id}", event="dispute_moved", subject_id=dispute_id, lines=lines)


def dispute_lost(*, dispute_id: str, payment_id: str, number: int, parts: Sequence[RefundPart]) -> Draft:
    """[25, 26] Lost, for the `number`th time that its loss changes: out of what the payment still has, and the rest,
    or what the platform bears, is our loss."""
    return draft(
        f"dispute:{dispute_id}:lost:{number}",
        event="dispute_lost",
        subject_id=dispute_id,
        lines=[
            *taken_lines(parts, payment_id=payment_id),
            Line(Account.WITHDRAWN, -_total(parts), ref=dispute_id),
        ],
        takes_back=True,
    )


def dispute_made_good(*, dispute_id: str, payment_id: str, number: int, parts: Sequence[RefundPart]) -> Draft:
    """[27] A loss that is none after all, or not all of it: back to our loss first, then to where each hold's money is
    by now."""
    return draft(
        f"dispute:{dispute_id}:made_good:{number}",
        event="dispute_made_good",
        subject_id=dispute_id,
        lines=[
            Line(Account.WITHDRAWN, _total(parts), ref=dispute_id),
            *(replace(line, amount=-line.amount) for line in taken_lines(parts, payment_id=payment_id)),
        ],
        takes_back=True,
        gives_back=True,
    )


def _total(parts: Sequence[RefundPart]) -> Money:
    total = parts[0].amount
    for part in parts[1:]:
        total += part.amount
    return total
