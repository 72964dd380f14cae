"""Decisions about giving money back, on plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.kernel.money import Money, allocate
from config.kernel.verdict import Verdict


def refundable_minor(*, captured_minor: int, refunded_minor: int, refunding_minor: int, disputed_minor: int = 0) -> int:
    """What may still be given back of a payment by us, in minor units."""
    return max(0, captured_minor - refunded_minor - refunding_minor - disputed_minor)


def may_refund(*, amount_minor: int, refundable: int) -> Verdict:
    """Our own refunds never exceed what is left."""
    if amount_minor <= 0:
        return Verdict.no("nothing_to_refund", "there is nothing to give back")
    if amount_minor > refundable:
        return Verdict.no("exceeds_refundable", f"{refundable} minor units are left")
    return Verdict.yes()


def is_the_same(
    *,
    known_id: str | None,
    known_payment_id: str | None,
    known: Money,
    gateway_refund_id: str,
    gateway_payment_id: str,
    amount: Money,
) -> bool:
    """Whether a gateway's refund that carries our mark really is ours: anybody with the account can write a mark."""
    if known_id not in (None, gateway_refund_id) or amount != known:
        return False
    return not (gateway_payment_id and known_payment_id) or gateway_payment_id == known_payment_id


@dataclass(frozen=True, slots=True)
class Pot:
    """A place a refund can be taken from: one hold, with what it still keeps or once kept."""

    hold_pk: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a refund that the gateway already made is taken from, in minor units."""

    unapplied_minor: int
    holds: dict[int, int]
    loss_minor: int


def take_external(*, amount_minor: int, unapplied_minor: int, pots: Sequence[Pot]) -> Taken:
    """What a gateway took is always booked: first from money that nobody could keep, then over the holds by what is
    left of each (largest remainder), and what nothing of this payment covers is our loss."""
    unapplied = min(amount_minor, unapplied_minor)
    rest = amount_minor - unapplied
    left = sum(pot.left_minor for pot in pots)
    covered = min(rest, left)
    parts = allocate(covered, [pot.left_minor for pot in pots]) if covered else ()
    holds = {pot.hold_pk: part for pot, part in zip(pots, parts, strict=False) if part}
    return Taken(unapplied_minor=unapplied, holds=holds, loss_minor=rest - covered)
