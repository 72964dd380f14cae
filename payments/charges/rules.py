"""Decisions about taking money, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config.kernel.money import Money
from config.kernel.verdict import Verdict


def may_pay(*, status: str, reserved_until: datetime, at: datetime) -> Verdict:
    """A new attempt is taken while the order waits for its money and the stock is kept for it."""
    if status != "pending_payment":
        return Verdict.no("order_not_payable", f"the order is {status}")
    if at >= reserved_until:
        return Verdict.no("reservation_over", "the order's reservation has ended")
    return Verdict.yes()


def would_go_back(*, status: str, is_processing: bool, state: str) -> bool:
    """Whether an event takes a label back that a later event may have set: failed, then told that it is under way.

    Events come in any order and their seconds do not settle it, so such an event is no more than a hint.
    """
    if status == "failed":
        return state in ("processing", "authorized")
    if status in ("cancelled", "expired"):
        return state == "authorized"
    return status == "pending" and is_processing and state == "pending"


def is_the_same(*, known_ids: tuple[str | None, str | None], known: Money, ids: tuple[str, str], amount: Money) -> bool:
    """Whether an object with our mark is the payment's own: by the gateway's ids (of the payment, of the session
    around it) where both sides have them, else by what it is over."""
    pairs = [(ours, theirs) for ours, theirs in zip(known_ids, ids, strict=True) if ours and theirs]
    return all(ours == theirs for ours, theirs in pairs) if pairs else amount == known


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
