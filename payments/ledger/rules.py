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
