"""Decisions about taking money, on plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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


class Rule(Protocol):
    """When which gateway accounts are preferred; what is empty fits everything."""

    @property
    def gateways(self) -> tuple[str, ...]: ...
    @property
    def currencies(self) -> tuple[str, ...]: ...
    @property
    def methods(self) -> tuple[str, ...]: ...
    @property
    def sellers(self) -> tuple[str, ...]: ...
    @property
    def at_least_minor(self) -> int: ...
    @property
    def at_most_minor(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that could take the payment: whether its gateway is well, and the share of the last hour's payments
    that succeeded there in bps (None where there were too few to tell)."""

    account: str
    is_well: bool
    success_bps: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The account to pay through, and why this one."""

    account: str
    why: str


def _fits(rule: Rule, *, amount: Money, method: str, sellers: frozenset[str]) -> bool:
    return (
        (not rule.currencies or amount.currency in rule.currencies)
        and (not rule.methods or method in rule.methods)
        and (not rule.sellers or sellers <= set(rule.sellers))
        and rule.at_least_minor <= amount.amount_minor
        and (rule.at_most_minor is None or amount.amount_minor <= rule.at_most_minor)
    )


def choose_gateway(
    *,
    rules: Sequence[Rule],
    candidates: Iterable[Candidate],
    amount: Money,
    method: str,
    sellers: frozenset[str],
    floor_bps: int,
) -> Choice | None:
    """The first rule that fits orders the accounts; where none fits they stay as they are. An account that is not well
    is out; one whose payments succeed too seldom comes last. None when nobody is left."""
    known = {candidate.account: candidate for candidate in candidates}
    wanted, why = tuple(known), "no rule fits"
    for number, rule in enumerate(rules, start=1):
        if _fits(rule, amount=amount, method=method, sellers=sellers):
            wanted, why = rule.gateways, f"rule {number}"
            break
    left = [known[name] for name in wanted if name in known and known[name].is_well]
    if not left:
        return None
    good = [each for each in left if each.success_bps is None or each.success_bps >= floor_bps]
    chosen = good[0] if good else max(left, key=lambda each: each.success_bps or 0)
    if chosen is not left[0]:
        why = f"{why}, {left[0].account} succeeds too seldom"
    return Choice(chosen.account, why)
