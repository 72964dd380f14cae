"""Decisions about balances, on plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Balance:
    """What we owe a payee (`payable`, `reserve`) and what they owe us, in minor units of one currency."""

    payable_minor: int = 0
    reserve_minor: int = 0
    receivable_minor: int = 0


def set_off_minor(balance: Balance) -> int:
    """How much of a payee's debt is paid out of what we owe them. An overdrawn balance is not a debt made good: it is
    left below zero, where PostgreSQL refuses it."""
    return max(0, min(balance.payable_minor, balance.receivable_minor))


def waterfall(balance: Balance, amount_minor: int) -> tuple[int, int, int]:
    """(payable, reserve, receivable) parts of taking `amount_minor` back from a payee, in that order."""
    if amount_minor < 0:
        raise ValueError("nothing negative falls down a waterfall")
    payable = min(balance.payable_minor, amount_minor)
    reserve = min(balance.reserve_minor, amount_minor - payable)
    return payable, reserve, amount_minor - payable - reserve


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a payee's there is to take back from, in minor units of one currency: held for what is given back
    (`escrow`), theirs and due (`payable`), in payouts that were not sent (`pending`), and kept back (`reserve`)."""

    escrow: int = 0
    payable: int = 0
    pending: int = 0
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """What each gives; `receivable` is what nothing covers: it is taken from the next earnings, and owed until then."""

    escrow: int = 0
    payable: int = 0
    pending: int = 0
    reserve: int = 0
    receivable: int = 0

    @property
    def is_short(self) -> bool:
        """Whether more is taken back than the payee has free."""
        return bool(self.pending or self.reserve or self.receivable)


def recovery(amount: int, standing: Standing) -> Recovery:
    """The order in which `amount` minor units are taken back from a payee: held money, what is payable, payouts that
    were not sent, the reserve; the rest is their debt."""
    if amount < 0:
        raise ValueError("nothing negative is taken back")
    given: dict[str, int] = {}
    left = amount
    for name in ("escrow", "payable", "pending", "reserve"):
        given[name] = min(left, max(0, getattr(standing, name)))
        left -= given[name]
    return Recovery(**given, receivable=left)
