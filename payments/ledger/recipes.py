"""One pure, balanced recipe per business event. Debits are above zero, credits below; amounts in minor units.

The numbers in brackets are the rows of the table of recipes in docs/ledger.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where a refund after release is taken from; all parts sum to it."""

    platform_fee: Money
    gateway_fee: Money
    tax: Money
    withheld: Money
    payable: Money
    reserve: Money
    receivable: Money

    @property
    def total(self) -> Money:
        parts = (self.platform_fee, self.gateway_fee, self.tax, self.withheld, self.payable, self.reserve)
        total = self.receivable
        for part in parts:
            total += part
        return total


@dataclass(frozen=True, slots=True)
class RefundPart:
    """One pot that a refund takes from: a hold that is held, a hold that was released (with its waterfall), money that
    was never applied (no hold), or our own pocket, by our will or because the gateway gave more than was left."""

    amount: Money
    hold_id: str = ""
    owner: str = ""
    waterfall: Waterfall | None = None
    is_goodwill: bool = False
    is_loss: bool = False


def taken_lines(parts: Sequence[RefundPart], *, payment_id: str) -> list[Line]:
    """The debit side of [12, 13, 14]: what these pots give."""
    lines: list[Line] = []
    for part in parts:
        if part.waterfall:
            fall = part.waterfall
            lines += [
                Line(Account.PLATFORM_FEES, fall.platform_fee),
                Line(Account.FEES_RECOVERED, fall.gateway_fee),
                Line(Account.TAX_PAYABLE, fall.tax),
                Line(Account.WITHHELD_TAX, fall.withheld),
                Line(Account.PAYABLE, fall.payable, owner=part.owner),
                Line(Account.RESERVE, fall.reserve, owner=part.owner),
                Line(Account.RECEIVABLE, fall.receivable, owner=part.owner),
            ]
        elif part.hold_id:
            lines.append(Line(Account.ESCROW, part.amount, owner=part.owner, ref=part.hold_id))
        elif part.is_goodwill:
            lines.append(Line(Account.GOODWILL, part.amount))
        elif part.is_loss:
            lines.append(Line(Account.CHARGEBACK_LOSSES, part.amount, ref=payment_id))
        else:
            lines.append(Line(Account.UNAPPLIED, part.amount, ref=payment_id))
    return lines


def refund_allocated(*, refund_id: str, payment_id: str, parts: Sequence[RefundPart]) -> Draft:
    """[12, 13, 14] Approved: taken out of its pots, owed to the buyer from here on."""
    total = parts[0].amount
    for part in parts[1:]:
        total += part.amount
    return draft(
        f"refund:{refund_id}:allocated",
        event="refund_allocated",
        subject_id=refund_id,
        lines=[*taken_lines(parts, payment_id=payment_id), Line(Account.REFUNDS, -total, ref=refund_id)],
        takes_back=True,
    )


def refund_paid_otherwise(*, refund_id: str, bank_account: str, amount: Money, reference: str) -> Draft:
    """[18] What the gateway could not give, we gave the buyer from our bank."""
    return draft(
        f"refund:{refund_id}:paid_otherwise",
        event="refund_paid_otherwise",
        subject_id=refund_id,
        lines=[
            Line(Account.REFUNDS, amount, ref=refund_id),
            Line(Account.BANK, -amount, owner=bank_account, external_ref=reference),
        ],
    )


def refund_voided(*, refund_id: str, payment_id: str, parts: Sequence[RefundPart]) -> Draft:
    """[19] It is not given after all: each part goes back to where the money is by now."""
    total = parts[0].amount
    for part in parts[1:]:
        total += part.amount
    back = (replace(line, amount=-line.amount) for line in taken_lines(parts, payment_id=payment_id))
    return draft(
        f"refund:{refund_id}:voided",
        event="refund_voided",
        subject_id=refund_id,
        lines=[Line(Account.REFUNDS, total, ref=refund_id), *back],
        takes_back=True,
        gives_back=True,
    )


def refund_taken_over(*, refund_id: str, owed_id: str, amount: Money) -> Draft:
    """[18] What we owed by one refund was given by another, which somebody made at the gateway."""
    return draft(
        f"refund:{owed_id}:taken_over:{refund_id}",
        event="refund_taken_over",
        subject_id=refund_id,
        lines=[Line(Account.REFUNDS, amount, ref=owed_id), Line(Account.REFUNDS, -amount, ref=refund_id)],
    )


def refund_succeeded(*, refund_id: str, account: str, amount: Money, number: int, external_ref: str) -> Draft:
    """[15] The gateway gave it to the buyer, for the `number`th time (a bounced refund may succeed again)."""
    return draft(
        f"refund:{refund_id}:succeeded:{number}",
        event="refund_succeeded",
        subject_id=refund_id,
        lines=[
            Line(Account.REFUNDS, amount, ref=refund_id),
            Line(Account.CLEARING, -amount, owner=account, external_ref=external_ref),
        ],
    )


def refund_bounced(*, refund_id: str, account: str, amount: Money, number: int, external_ref: str) -> Draft:
    """[17] It came back after it had succeeded: still owed."""
    return draft(
        f"refund:{refund_id}:bounced:{number}",
        event="refund_bounced",
        subject_id=refund_id,
        lines=[
            Line(Account.CLEARING, amount, owner=account, external_ref=external_ref),
            Line(Account.REFUNDS, -amount, ref=refund_id),
        ],
    )
