"""One pure, balanced recipe per business event. Debits are above zero, credits below; amounts in minor units.

The numbers in brackets are the rows of the table of recipes in docs/ledger.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.kernel.money import Money, MoneyError
from payments.ledger.accounts import CHART, Account


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be written: account · owner · ref · signed amount, and the gateway's id of it where it has one."""

    account: Account
    amount: Money
    owner: str = ""
    ref: str = ""
    external_ref: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be posted. `key` belongs to the event alone: the same fact makes the same key. One that `takes_back`
    takes from payees what was theirs: where it meets their reserve or leaves a debt, that is told (`payee.short`). One
    that `gives_back` undoes such an entry of its subject: what was written off of it meanwhile is our expense no more.
    """

    key: str
    event: str
    subject_id: str
    lines: tuple[Line, ...]
    memo: str = ""
    takes_back: bool = False
    gives_back: bool = False


class Unbalanced(MoneyError):
    """A recipe whose lines do not sum to zero in each currency: a bug in the recipe."""


def draft(
    key: str,
    *,
    event: str,
    subject_id: str,
    lines: Iterable[Line],
    memo: str = "",
    takes_back: bool = False,
    gives_back: bool = False,
) -> Draft:
    """A checked draft without its zero lines. Raises Unbalanced, or MoneyError for a line that names too little."""
    kept = tuple(line for line in lines if line.amount)
    sums: dict[str, int] = defaultdict(int)
    for line in kept:
        chart = CHART[line.account]
        if (chart.owner and not line.owner) or (chart.ref and not line.ref):
            raise MoneyError(f"{key}: a line on {line.account} names too little")
        sums[line.amount.currency] += line.amount.amount_minor
    if not kept or any(sums.values()):
        raise Unbalanced(f"{key}: {dict(sums)}")
    return Draft(
        key=key,
        event=event,
        subject_id=subject_id,
        lines=kept,
        memo=memo,
        takes_back=takes_back,
        gives_back=gives_back,
    )


@dataclass(frozen=True, slots=True)
class HoldPart:
    """What of a capture one seller's hold takes."""

    hold_id: str
    owner: str
    amount: Money


def capture(*, charge_id: str, account: str, payment_id: str, holds: Sequence[HoldPart], unapplied: Money) -> Draft:
    """[2, 3] Captured: into the holds what pays the debt, the rest is nobody's and goes back."""
    total = unapplied
    for part in holds:
        total += part.amount
    return draft(
        f"capture:{charge_id}",
        event="capture",
        subject_id=payment_id,
        lines=[
            Line(Account.CLEARING, total, owner=account, external_ref=charge_id),
            *(Line(Account.ESCROW, -part.amount, owner=part.owner, ref=part.hold_id) for part in holds),
            Line(Account.UNAPPLIED, -unapplied, ref=payment_id),
        ],
    )


def gateway_fee(
    *, transaction_id: str, account: str, payment_id: str, moved: Money, settled: Money, fee: Money, tax: Money
) -> Draft | None:
    """[5, 7, 8] The true fee of a movement, and its exchange where it was settled in another currency. None when the
    gateway took nothing and exchanged nothing. `moved` is in the currency of the charge, below zero for a refund;
    `settled` is the same gross in the settlement currency, in which `fee` (with `tax`) is too."""
    lines = [
        Line(Account.GATEWAY_FEES, fee - tax),
        Line(Account.INPUT_TAX, tax),
        Line(Account.CLEARING, -fee, owner=account, external_ref=transaction_id),
    ]
    if settled.currency != moved.currency:
        lines += [
            Line(Account.FX, moved),
            Line(Account.CLEARING, -moved, owner=account, external_ref=transaction_id),
            Line(Account.CLEARING, settled, owner=account, external_ref=transaction_id),
            Line(Account.FX, -settled),
        ]
    if not any(line.amount for line in lines):
        return None
    return draft(f"fee:{transaction_id}", event="gateway_fee", subject_id=payment_id, lines=lines)


def fee_estimated(*, charge_id: str, account: str, payment_id: str, fee: Money) -> Draft:
    """[6] What a gateway that shows no fees is reckoned to take of a capture, until its settlement says it."""
    return draft(
        f"fee_estimate:{charge_id}",
        event="fee_estimated",
        subject_id=payment_id,
        lines=[
            Line(Account.GATEWAY_FEES, fee),
            Line(Account.FEES_ACCRUED, -fee, owner=account, external_ref=charge_id),
        ],
    )


@dataclass(frozen=True, slots=True)
class Shares:
    """How what is left of a hold is divided: the parts, less what the payee must add, sum to it.

    `reserve` is what of the payee's part is kept back. After refunds the rest may be a unit or two smaller than the
    floored fees that are left on it. Then `payable` is below zero, and what the payee's balance does not cover comes
    from their reserve (below zero then) or is owed by them.
    """

    platform_fee: Money
    gateway_fee: Money
    tax: Money
    withheld: Money
    payable: Money
    reserve: Money
    receivable: Money


def release(*, hold_id: str, owner: str, left: Money, shares: Shares) -> Draft:
    """[10] Released: what is left of the hold becomes the seller's, less the frozen fees."""
    return draft(
        f"release:{hold_id}",
        event="release",
        subject_id=hold_id,
        lines=[
            Line(Account.ESCROW, left, owner=owner, ref=hold_id),
            Line(Account.PLATFORM_FEES, -shares.platform_fee),
            Line(Account.FEES_RECOVERED, -shares.gateway_fee),
            Line(Account.TAX_PAYABLE, -shares.tax),
            Line(Account.WITHHELD_TAX, -shares.withheld),
            Line(Account.PAYABLE, -shares.payable, owner=owner),
            Line(Account.RESERVE, -shares.reserve, owner=owner),
            Line(Account.RECEIVABLE, shares.receivable, owner=owner),
        ],
        takes_back=True,
    )
