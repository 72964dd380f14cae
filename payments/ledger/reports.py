"""Statement and trial balance as pages: bounded reads of the books, with both sides in columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from config.admin.bounded import TooSlow, bounded
from config.admin.money import show_money
from config.admin.parts import Table, columns
from config.admin.show import id_link, when, words
from config.kernel.money import EXPONENTS, Money
from payments.ledger.accounts import CHART, Account, Side
from payments.ledger.queries import StatementLine, statement
from payments.ledger.sealing import BALANCES, last_seal

if TYPE_CHECKING:
    from config.admin.base import ReadOnlyAdmin

READ_S = 8.0
SHOWN = 500


class StatementForm(forms.Form):
    """Which account, whose, in which currency, from when until when (days of the operator's zone)."""

    account = forms.ChoiceField(choices=[(account.value, words(account.value)) for account in Account])
    owner = forms.CharField(
        required=False,
        max_length=40,
        help_text="A payee's id (usr_…) or a gateway account's code; empty where none is.",
    )
    currency = forms.ChoiceField(choices=[(unit, unit) for unit in sorted(EXPONENTS)])
    since = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}), help_text="That day included.")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", "The end lies before the beginning.")
        return given


def statement_page(request: HttpRequest, *, page: ReadOnlyAdmin) -> HttpResponse:
    """The form, and the statement once it is filled in. Raises PermissionDenied."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    today = timezone.localdate()
    asked = {
        "account": "payable",
        "currency": "INR",
        "since": today.replace(day=1),
        "until": today,
        **request.GET.dict(),
    }
    form = StatementForm(asked)
    found = None
    if form.is_valid() and ("account" in request.GET):
        found = _statement(form.cleaned_data)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": "Statement",
        "form": form if "account" in request.GET else StatementForm(initial=asked),
        "found": found,
    }
    return TemplateResponse(request, "holdfast/statement.html", context)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was read: balances before and after, and the lines between; `problem` when it could not be."""

    problem: str = ""
    opening: str = ""
    closing: str = ""
    table: Table | None = None
    is_cut: bool = False


def _statement(asked: dict[str, Any]) -> Statement:
    chart = CHART[Account(asked["account"])]
    if chart.owner and not asked["owner"]:
        return Statement(problem=f"This account belongs to a {chart.owner}: say whose.")
    try:
        with bounded(READ_S):
            opening, lines = statement(
                asked["account"],
                owner=asked["owner"],
                currency=asked["currency"],
                since=_midnight(asked["since"]),
                until=_midnight(asked["until"] + timedelta(days=1)),
                limit=SHOWN + 1,
            )
    except TooSlow:
        return Statement(problem="This account has too many lines for one page. Choose a shorter or an earlier period.")
    shown = lines[:SHOWN]
    closing = shown[-1].balance if shown else opening
    return Statement(opening=sided(opening), closing=sided(closing), table=_lines(shown), is_cut=len(lines) > SHOWN)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - made aware right here


def _lines(lines: list[StatementLine]) -> Table:
    def row(line: StatementLine) -> tuple[Any, ...]:
        amount = show_money(Money(abs(line.amount.amount_minor), line.amount.currency))
        debit = line.amount.amount_minor > 0
        return (
            when(line.posted_at),
            words(line.event),
            id_link(line.subject_id),
            amount if debit else "",
            "" if debit else amount,
            sided(line.balance),
        )

    named = columns("Posted", "Entry", "About", "#Debit", "#Credit", "#Balance")
    return Table(
        title="Movements", columns=named, rows=tuple(row(line) for line in lines), empty="None in this period."
    )


def sided(balance: Money) -> str:
    """A balance with the side it stands on: `₹12.00 Cr`."""
    if not balance:
        return show_money(balance)
    side = "Dr" if balance.amount_minor > 0 else "Cr"
    return f"{show_money(Money(abs(balance.amount_minor), balance.currency))} {side}"


def trial_balance() -> dict[str, dict[str, int]]:
    """What every account comes to (debits above zero), per currency: the last seal's sums and the lines since.

    Raises TooSlow.
    """
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    with bounded(READ_S), connection.cursor() as cursor:
        cursor.execute(
            f"WITH {BALANCES} SELECT currency, account, sum(amount)::bigint FROM balances GROUP BY 1, 2 ORDER BY 1, 2",  # noqa: S608 - a constant
            {"seal": last_seal()},
        )
        for currency, account, amount in cursor.fetchall():
            sums[currency][account] = amount
    return dict(sums)


def trial_balance_page(request: HttpRequest, *, page: ReadOnlyAdmin) -> HttpResponse:
    """One table per currency; both columns come to the same sum. Raises PermissionDenied."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    problem, tables = "", []
    try:
        tables = [_balances(unit, amounts) for unit, amounts in trial_balance().items()]
    except TooSlow:
        problem = "Too much was booked since the last seal for one page. It is sealed every night."
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": "Trial balance",
        "tables": tables,
        "problem": problem,
    }
    return TemplateResponse(request, "holdfast/trial_balance.html", context)


def _balances(unit: str, amounts: dict[str, int]) -> dict[str, Any]:
    rows = []
    for account in Account:  # in the order of the chart: assets, liabilities, revenue, expense
        amount = amounts.get(account.value)
        if amount:
            text = show_money(Money(abs(amount), unit))
            odd = CHART[account].side == (Side.CREDIT if amount > 0 else Side.DEBIT)
            rows.append(
                (
                    words(account.value),
                    "other side than usual" if odd else "",
                    *((text, "") if amount > 0 else ("", text)),
                )
            )
    debits = sum(amount for amount in amounts.values() if amount > 0)
    credits = -sum(amount for amount in amounts.values() if amount < 0)
    return {
        "currency": unit,
        "table": Table(title=unit, columns=columns("Account", "Note", "#Debit", "#Credit"), rows=tuple(rows)),
        "debits": show_money(Money(debits, unit)),
        "credits": show_money(Money(credits, unit)),
        "is_balanced": debits == credits,
    }
