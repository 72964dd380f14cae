"""The books: entries with both sides, statements, and the trial balance."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import actor_link, people_of
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, Table, columns, part
from config.admin.show import badge, code, id_link, row_link, when, words
from config.kernel.ids import PATTERN as PUBLIC_ID
from payments.ledger.models import LedgerEntry, LedgerLine
from payments.ledger.reports import statement_page, trial_balance_page
from payments.related import sides


@part("ledger.view", "Lines")
def lines(row: LedgerEntry, at: datetime) -> Table:
    """Both sides; they sum to zero in each currency, or the database would not have taken them."""
    del at
    return Table(
        title="Lines",
        columns=columns("Account", "Owner", "Of", "Gateway's id", "#Debit", "#Credit"),
        rows=tuple(
            (words(line.account), id_link(line.owner), id_link(line.ref), code(line.external_ref), *sides(line))
            for line in row.lines.order_by("pk")[:500]
        ),
    )


@part("ledger.view", "Entry")
def about(row: LedgerEntry, at: datetime) -> Facts:
    """What it is about, and when it happened and was booked."""
    del at
    people = people_of([row.actor])
    return Facts(
        "Entry",
        (
            Fact("Key", code(row.key), hint="the same fact cannot be booked twice"),
            Fact("About", id_link(row.subject_id)),
            Fact("By", actor_link(row.actor, people)),
            Fact("Posted", when(row.posted_at), hint="our time; statements use it"),
            Fact("Effective", when(row.effective_at), hint="the gateway's time"),
            Fact("Reverses", row_link(row.reverses) if row.reverses else "–"),
            Fact("Memo", row.memo or "–"),
            Fact("Transaction", code(row.xact_id)),
        ),
    )


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """Append-only; what was wrong is corrected by a further entry."""

    nouns = "Ledger entries"
    noun = "entry"
    list_display = ("title", "subject", "by", "posted", "effective")
    list_select_related = ("reverses",)
    searched = "key, or id of what it is about (pay_… hold_… rf_…)"
    intro = "Every movement of money, as a balanced entry. Nothing here can be changed or taken away."
    parts = (lines, about)

    def find(self, term: str) -> Q | None:
        return Q(subject_id=term) if PUBLIC_ID.fullmatch(term) else Q(key=term)

    def headline(self, row: LedgerEntry, *, at: datetime) -> Headline:
        del at
        badges = (badge("correction", tone=Tone.WARNING),) if row.reverses else ()
        return Headline(words(row.event).capitalize(), badges)

    title = cell("entry", lambda row: words(row.event))
    subject = cell("about", lambda row: code(row.subject_id))
    by = cell("by", lambda row: row.actor)
    posted = cell("posted", lambda row: when(row.posted_at))
    effective = cell("effective", lambda row: when(row.effective_at))


@admin.register(LedgerLine)
class LedgerLineAdmin(ReadOnlyAdmin):
    """Lines are read on their entries, on statements and in the trial balance; there is no page of one."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "statement/",
                self._page(self.admin_site.admin_view(self.statement)),
                name="payments_ledgerline_statement",
            ),
            path(
                "trial-balance/",
                self._page(self.admin_site.admin_view(self.trial_balance)),
                name="payments_ledgerline_trial_balance",
            ),
        ]

    def statement(self, request: HttpRequest) -> HttpResponse:
        """An account's movements in a period, with the balance after each."""
        return statement_page(request, page=self)

    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        """What every account comes to."""
        return trial_balance_page(request, page=self)
