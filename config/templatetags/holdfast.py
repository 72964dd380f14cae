"""How our templates show states, amounts, ids and times: the same as every page does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from config.admin import show
from config.admin.money import show_money
from config.kernel.bookline import BookLine
from config.kernel.money import Money

register = template.Library()


@register.filter
def state(value: str) -> SafeString:
    """A state as its badge."""
    return show.badge(value)


@register.filter
def noun(value: str) -> str:
    """What a row is called, by the audit's name of its kind."""
    return show.noun(value)


@register.filter
def words(value: str) -> str:
    """A code as a person says it."""
    return show.words(value)


@register.filter
def money(value: Money | None) -> str:
    """An amount in its currency's format; nothing for nothing."""
    return show_money(value) if value is not None else ""


@register.filter
def id_link(value: str) -> SafeString:
    """An id that leads to its row."""
    return show.id_link(value)


@register.filter
def since(value: datetime, at: datetime) -> str:
    """How long ago, or in how long."""
    return show.until(value, at=at)


@dataclass(frozen=True, slots=True)
class Total:
    """Both sides of some lines in one currency; they are equal where the lines balance."""

    currency: str
    debit: Money
    credit: Money


@register.filter
def totals(lines: Iterable[BookLine]) -> list[Total]:
    """The sums of debits and credits per currency."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        amount = line.amount.amount_minor
        sums[line.amount.currency][0 if amount > 0 else 1] += abs(amount)
    return [Total(unit, Money(debit, unit), Money(credit, unit)) for unit, (debit, credit) in sorted(sums.items())]
