"""Reads a payee's lines of a period out of the ledger, page by page, with the balance after each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from config.kernel.money import Money
from payments.escrow.models import EscrowHold
from payments.ledger.accounts import PAYEE_ACCOUNTS
from payments.ledger.models import LedgerLine
from payments.ledger.queries import statement
from payouts.payees.models import Payee
from payouts.payees.queries import legal_name
from payouts.statements.words import BALANCES, in_words

PAGE = 500
_ACCOUNTS = sorted(account.value for account in PAYEE_ACCOUNTS)


# A statement lies within these: neither before money of ours, nor so late that the day after it is no date.
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


def why_no_period(first: date, last: date) -> str:
    """Why there is no statement from this day to that one; empty where there is one."""
    if first > last:
        return "It lies before the beginning."
    if first < EARLIEST or last > LATEST:
        return f"A statement lies between {EARLIEST} and {LATEST}."
    return ""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first instant that is not in it any more."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the lines. Amounts are what we owe the payee in all: payable and reserve, less what they owe
    us; below zero they owe us more."""

    payee_id: str
    name: str
    currency: str
    period: Period
    opening: Money


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger as its payee reads it: above zero for them, below zero against them."""

    at: datetime
    what: str
    balance_of: str
    about: str
    amount: Money
    balance: Money


def heading(payee: Payee, currency: str, period: Period) -> Heading:
    """What the payee was owed when the period began."""
    opening = Money(0, currency)
    for account in _ACCOUNTS:
        before, _ = statement(
            account, owner=payee.owner, currency=currency, since=period.since, until=period.until, limit=0
        )
        opening -= before
    return Heading(payee.public_id, legal_name(payee), currency, period, opening)


def rows(payee: Payee, head: Heading) -> Iterator[Row]:
    """Every line of the period in the order in which they were booked, 500 in memory at a time. What is booked while it
    is read, and belongs to the period, is in it."""
    balance, last = head.opening, 0
    while page := _page(payee, head, after=last):
        orders = _orders(page)
        for line in page:
            amount = Money(-line.amount_minor, head.currency)
            balance += amount
            yield Row(
                at=line.entry.posted_at,
                what=in_words(line.entry.event),
                balance_of=BALANCES[line.account],
                about=orders.get(line.entry.subject_id, line.entry.subject_id),
                amount=amount,
                balance=balance,
            )
        last = page[-1].pk


def _page(payee: Payee, head: Heading, *, after: int) -> list[LedgerLine]:
    lines = LedgerLine.objects.filter(
        account__in=_ACCOUNTS,
        owner=payee.owner,
        currency=head.currency,
        pk__gt=after,
        entry__posted_at__gte=head.period.since,
        entry__posted_at__lt=head.period.until,
    )
    return list(lines.select_related("entry").order_by("pk")[:PAGE])


def _orders(lines: Sequence[LedgerLine]) -> dict[str, str]:
    """A payee knows orders, not our holds."""
    holds = {line.entry.subject_id for line in lines if line.entry.event == "release"}
    found = EscrowHold.objects.filter(public_id__in=holds)
    return dict(found.values_list("public_id", "fulfilment__order__public_id"))
