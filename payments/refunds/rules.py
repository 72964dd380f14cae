"""Decisions about giving money back, on plain values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from config.kernel.money import Money, allocate
from config.kernel.verdict import Verdict


def refundable_minor(
    *,
    captured_minor: int,
    refunded_minor: int,
    refunding_minor: int,
    requested_minor: int = 0,
    elsewhere_minor: int = 0,
    disputed_minor: int = 0,
) -> int:
    """What may still be given back of a payment by us, in minor units: captured, less what the gateway gave back, what
    is owed, what is asked for and not decided, what we paid another way, and what disputes took."""
    gone = refunded_minor + refunding_minor + requested_minor + elsewhere_minor + disputed_minor
    return max(0, captured_minor - gone)


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


class Bearer(StrEnum):
    SELLER = "seller"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the refund policy says of one part of an order: days from delivery, and who usually bears it."""

    window_days: int
    bearer: Bearer


def terms_of(
    categories: Collection[str],
    *,
    window_days: int,
    window_days_by_category: Mapping[str, int],
    platform_bears: Collection[str],
) -> Terms:
    """The shortest window that any of the categories has; the platform bears it only where it does for all of them."""
    days = min(window_days_by_category.get(category, window_days) for category in categories)
    by_us = "*" in platform_bears or all(category in platform_bears for category in categories)
    return Terms(window_days=days, bearer=Bearer.PLATFORM if by_us else Bearer.SELLER)


def who_bears(
    *, asked: str, terms: Terms, has_arrived: bool, delivered_at: datetime | None, at: datetime
) -> tuple[Bearer, Verdict]:
    """Who bears a refund of one part of an order, and whether the policy lets it be given at all.

    Before delivery the money is nobody's: all of it goes back from its hold, and there is nothing to bear. After it
    the window runs; when that is over the seller gives nothing back any more, and only the platform can (`asked`).
    """
    if not has_arrived:
        if asked == Bearer.PLATFORM:
            return Bearer.PLATFORM, Verdict.no("not_delivered_yet", "before delivery its hold gives all of it back")
        return Bearer.SELLER, Verdict.yes()
    if asked == Bearer.PLATFORM:
        return Bearer.PLATFORM, Verdict.yes()
    if delivered_at is not None and at > delivered_at + timedelta(days=terms.window_days):
        return terms.bearer, Verdict.no(
            "refund_window_over", f"it was delivered more than {terms.window_days} days ago"
        )
    return terms.bearer, Verdict.yes()


def may_go_alone(
    *, amount_minor: int, threshold_minor: int | None, order_minor: int, requester_minor: int, asked_bearer: str = ""
) -> Verdict:
    """Whether a refund that a person chose needs no second one. `order_minor` is what was chosen for its order in the
    last 30 days, `requester_minor` what its requester chose in the last day, both without this one. What the platform
    bears because somebody asked for that is never decided by one person."""
    if threshold_minor is None:
        return Verdict.no("no_threshold", "there is no threshold for this currency")
    if asked_bearer == Bearer.PLATFORM:
        return Verdict.no("platform_bears_it", "the platform bears it because somebody asked for that")
    if order_minor + amount_minor > threshold_minor:
        return Verdict.no("above_threshold_of_order", "the order's refunds of 30 days come to more than the threshold")
    if requester_minor + amount_minor > threshold_minor:
        return Verdict.no(
            "above_threshold_of_requester", "the requester's refunds of a day come to more than the threshold"
        )
    return Verdict.yes()


def may_decide(*, requested_by: str, actor: str) -> Verdict:
    """Nobody approves what they asked for themselves."""
    if requested_by == actor:
        return Verdict.no("four_eyes", "who asked for it cannot approve it")
    return Verdict.yes()


@dataclass(frozen=True, slots=True)
class Part:
    """One seller's part of an order as a refund meets it: what is left of each line, and what of all that is free."""

    hold_pk: int
    lines_left: tuple[int, ...]
    left_minor: int

    @property
    def weights(self) -> tuple[int, ...]:
        """What is free of each line, what is not free being spread over them by what is left of each."""
        taken = max(0, sum(self.lines_left) - self.left_minor)
        gone = allocate(taken, self.lines_left) if taken else tuple(0 for _ in self.lines_left)
        return tuple(left - part for left, part in zip(self.lines_left, gone, strict=True))


def spread(amount_minor: int, parts: Sequence[Part]) -> dict[int, int]:
    """Splits an amount over the lines of all parts by largest remainder on what is free of each: what each hold
    (primary key) gives. The amount is no more than what is free."""
    weights = [(part.hold_pk, weight) for part in parts for weight in part.weights]
    given: dict[int, int] = {}
    for (hold_pk, _), minor in zip(weights, allocate(amount_minor, [weight for _, weight in weights]), strict=True):
        given[hold_pk] = given.get(hold_pk, 0) + minor
    return {hold_pk: minor for hold_pk, minor in given.items() if minor}


def may_void(*, pots: Collection[str], fulfilments: Collection[str]) -> Verdict:
    """A refund is given up only where the money has somewhere to go back to: not to an order's part that was cancelled,
    and never money that nobody may keep."""
    if "unapplied" in pots:
        return Verdict.no("cannot_void", "nobody may keep this money: it can only be given back")
    if "cancelled" in fulfilments or "cancelling" in fulfilments:
        return Verdict.no("cannot_void", "its part of the order was cancelled: the buyer is owed the money")
    return Verdict.yes()
