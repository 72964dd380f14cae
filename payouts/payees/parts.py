"""Tables of a payee, for their own page and for the page of the person: how they stand and where their money goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from config.accounts.models import User
from config.admin.money import shown
from config.admin.parts import SHOWN, Table, columns, part
from config.admin.show import badge, row_link, when, words
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Destination, Payee, PayeeAccount
from payouts.payees.queries import currencies_of_payee, minimum_minor
from payouts.payees.rules import WEEKDAYS, why_not_paid
from payouts.payout.models import Payout
from payouts.payout.queries import facts_for_showing


def _schedule(account: PayeeAccount | None) -> str:
    if account is None:
        return "–"
    if account.schedule == "weekly":
        return f"weekly, {WEEKDAYS[account.weekday]}"
    return words(account.schedule)


def standing_table(payees: Iterable[Payee], *, at: datetime) -> Table:
    """One line per payee and currency, with the one reason why nothing is paid."""
    rows = []
    for payee in payees:
        for unit in currencies_of_payee(payee):
            facts = facts_for_showing(payee, unit, at=at)
            account = PayeeAccount.objects.filter(payee=payee, currency=unit).first()
            balance = PayeeBalance.objects.filter(owner=payee.owner, currency=unit).first()
            verdict = why_not_paid(facts)
            rows.append(
                (
                    row_link(payee, payee.kind),
                    unit,
                    shown(facts.payable_minor, unit),
                    shown(balance.reserve_minor if balance else 0, unit),
                    shown(facts.receivable_minor, unit),
                    shown(facts.frozen_minor, unit),
                    _schedule(account),
                    shown(minimum_minor(account, unit), unit),
                    "with the next run" if verdict else verdict.detail,
                )
            )
    named = columns("As", "Currency", "#Payable", "#Reserve", "#Owes us", "#In payouts", "Schedule", "#Minimum", "Paid")
    return Table(title="How they stand", columns=named, rows=tuple(rows), empty="No money yet, and no destination.")


@part("payees.view", "How they stand")
def balances(row: Payee, at: datetime) -> Table:
    """Every currency of a payee."""
    return standing_table([row], at=at)


@part("payees.view", "Destinations")
def destinations(row: Payee, at: datetime) -> Table:
    """Where their money goes, went and is to go."""
    del at
    found = Destination.objects.filter(payee=row).defer("details").order_by("-pk")[:SHOWN]
    return Table(
        title="Destinations",
        columns=columns("Destination", "State", "Currency", "Rail", "Why", "Proposed"),
        rows=tuple(
            (
                row_link(each, each.masked),
                badge(each.status),
                each.currency,
                words(each.rail),
                (each.why_approval if each.status == "proposed" else each.why) or "–",
                when(each.created_at),
            )
            for each in found
        ),
        empty="There is none: nothing can be paid.",
    )


@part("payouts.view", "Payouts")
def payouts(row: Payee, at: datetime) -> Table:
    """What was paid to them, the newest first."""
    del at
    found = Payout.objects.filter(payee=row).order_by("-pk")[:SHOWN]
    return Table(
        title="Payouts",
        columns=columns("Payout", "State", "#Net", "Reference", "Frozen", "Paid"),
        rows=tuple(
            (
                row_link(each),
                badge(each.status),
                shown(each.net_minor, each.currency),
                each.reference or "–",
                when(each.frozen_at),
                when(each.paid_at),
            )
            for each in found
        ),
    )


@part("payees.view", "As a payee")
def payees_of_person(person: User, at: datetime) -> Table | None:
    """What a person is paid as, on their page; nothing where they are no payee."""
    found = list(Payee.objects.filter(user=person).defer("legal_name").order_by("pk"))
    if not found:
        return None
    table = standing_table(found, at=at)
    return Table(title="As a payee", columns=table.columns, rows=table.rows, empty=table.empty)
