"""How a refund falls on an order's lines, and how much of each frozen fee it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.kernel.errors import Conflict
from config.kernel.money import allocate, given_back


class ExceedsRefundable(Conflict):
    """More than what is left of this would be given back."""

    code = "exceeds_refundable"


@dataclass(frozen=True, slots=True)
class RefundableLine:
    """A line as a refund meets it: what it cost, what went back, and the fees that were frozen on it."""

    amount_minor: int
    refunded_minor: int
    platform_fee_minor: int
    gateway_fee_minor: int
    tax_minor: int
    withheld_minor: int

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.refunded_minor


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What one refund takes from one line, and how much of each fee comes back with it."""

    amount_minor: int
    platform_fee_minor: int
    gateway_fee_minor: int
    tax_minor: int
    withheld_minor: int

    @property
    def seller_minor(self) -> int:
        """What the seller gives: the rest. A step that gives back two floored units at once can make it -1 or so;
        over all steps of a line it is never below zero."""
        given = self.platform_fee_minor + self.gateway_fee_minor + self.tax_minor + self.withheld_minor
        return self.amount_minor - given


def split_refund(amount_minor: int, lines: Sequence[RefundableLine]) -> tuple[LineRefund, ...]:
    """Splits by largest remainder on what remains of each line. Raises ExceedsRefundable.

    Fees are given back cumulatively: floor(fee · refunded / amount) less what was given back before, so that a
    full refund in any number of steps gives back exactly the fee.
    """
    if amount_minor < 0 or amount_minor > sum(line.left_minor for line in lines):
        raise ExceedsRefundable
    parts = allocate(amount_minor, [line.left_minor for line in lines])
    return tuple(_refund_line(line, part) for line, part in zip(lines, parts, strict=True))


def split_restore(amount_minor: int, lines: Sequence[RefundableLine]) -> tuple[LineRefund, ...]:
    """What had gone back and comes back again, over the lines by largest remainder on what went back of each; with it
    each line takes the part of its fees again that it gave back for it. Raises ExceedsRefundable."""
    if amount_minor < 0 or amount_minor > sum(line.refunded_minor for line in lines):
        raise ExceedsRefundable
    parts = allocate(amount_minor, [line.refunded_minor for line in lines])
    before = (replace(line, refunded_minor=line.refunded_minor - part) for line, part in zip(lines, parts, strict=True))
    return tuple(_refund_line(line, part) for line, part in zip(before, parts, strict=True))


def _refund_line(line: RefundableLine, part_minor: int) -> LineRefund:
    def back(fee_minor: int) -> int:
        before = given_back(fee_minor, line.refunded_minor, line.amount_minor)
        return given_back(fee_minor, line.refunded_minor + part_minor, line.amount_minor) - before

    return LineRefund(
        amount_minor=part_minor,
        platform_fee_minor=back(line.platform_fee_minor),
        gateway_fee_minor=back(line.gateway_fee_minor),
        tax_minor=back(line.tax_minor),
        withheld_minor=back(line.withheld_minor),
    )
