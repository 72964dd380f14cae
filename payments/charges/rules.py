"""Decisions about taking money, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config.kernel.verdict import Verdict


def may_pay(*, status: str, reserved_until: datetime, at: datetime) -> Verdict:
    """A new attempt is taken while the order waits for its money and the stock is kept for it."""
    if status != "pending_payment":
        return Verdict.no("order_not_payable", f"the order is {status}")
    if at >= reserved_until:
        return Verdict.no("reservation_over", "the order's reservation has ended")
    return Verdict.yes()


def minimum_reached(*, amount_minor: int, minimum_minor: int | None, currency: str, gateway: str) -> Verdict:
    """Whether the gateway takes this amount at all."""
    if minimum_minor is None:
        return Verdict.no("currency_not_offered", f"{gateway} does not take {currency}")
    if amount_minor < minimum_minor:
        return Verdict.no("amount_too_small", f"{gateway} takes {minimum_minor} minor units of {currency} at least")
    return Verdict.yes()


@dataclass(frozen=True, slots=True)
class Application:
    """How captured money is split: what pays the debt, what nobody may keep, and why."""

    applied_minor: int
    unapplied_minor: int
    why: str = ""


def apply_capture(*, captured_minor: int, due_minor: int, same_currency: bool, is_payable: bool) -> Application:
    """An order takes exactly what it is due, once. Late, duplicate, surplus and insufficient money is unapplied."""
    if not is_payable or due_minor <= 0:
        return Application(0, captured_minor, "late or duplicate")
    if not same_currency:
        return Application(0, captured_minor, "another currency")
    if captured_minor < due_minor:
        return Application(0, captured_minor, "less than what is due")
    surplus = captured_minor - due_minor
    return Application(due_minor, surplus, "surplus" if surplus else "")
