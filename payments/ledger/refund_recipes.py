"""The recipes of refunds, and where they take from. Numbers in brackets: docs/ledger.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft


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
