"""The page of a payee's balance: what we owe them, what is kept back and why, what they owe us, what moved last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.money import shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Fact, Facts, Figures, Table, columns, part
from config.admin.show import code, id_link, row_link, when, words
from payments.debts.acts import ACTS
from payments.debts.parts import OwesFilter, debt, is_asked_for, proposals
from payments.ledger.models import LedgerLine, PayeeBalance
from payments.ledger.queries import with_names
from payments.related import sides
from payments.reserves.acts import SET_TERMS, in_words, is_sellers
from payments.reserves.models import DisputeReserve, ReserveSlice, ReserveTerms
from payments.reserves.queries import level_minor, terms_of


@part("ledger.view", "Balance")
def balance(row: PayeeBalance, at: datetime) -> Figures:
    """What we owe them, and what they owe us."""
    del at
    unit = row.currency
    debt = Tone.BAD if row.receivable_minor else Tone.NEUTRAL
    return Figures(
        (
            Figure("Payable", shown(row.payable_minor, unit), Tone.GOOD if row.payable_minor else Tone.NEUTRAL),
            Figure("In reserve", shown(row.reserve_minor, unit)),
            Figure("They owe us", shown(row.receivable_minor, unit), debt),
        )
    )


@part("ledger.view", "Payee")
def payee(row: Any, at: datetime) -> Facts:
    """Whose it is."""
    del at
    facts = (Fact("Name", row.said), Fact("Payee", id_link(row.owner)), Fact("Changed", when(row.changed_at)))
    return Facts("Payee", facts)


@part("ledger.view", "Reserve")
def kept_back(row: PayeeBalance, at: datetime) -> Facts | None:
    """On which terms something is kept back, and how much that comes to; nothing of who is no seller."""
    del at
    if not is_sellers(row):
        return None
    terms = ReserveTerms.objects.filter(owner=row.owner, currency=row.currency).first()
    level = level_minor(row.owner, row.currency)
    return Facts(
        "Reserve",
        (
            Fact("Kept back", in_words(terms_of(row.owner, row.currency), row.currency)),
            Fact("Since", when(terms.set_at) if terms else "–"),
            Fact("Stands at", shown(row.reserve_minor, row.currency)),
            Fact("May come to", shown(level, row.currency), hint="what stays, and what is kept until its day"),
        ),
    )


@part("ledger.view", "Kept of releases")
def slices(row: PayeeBalance, at: datetime) -> Table | None:
    """What of which release is kept until when; nothing where nothing ever was."""
    del at
    rows = list(
        ReserveSlice.objects.filter(owner=row.owner, currency=row.currency)
        .select_related("hold")
        .order_by("-pk")[:SHOWN]
    )
    if not rows:
        return None
    return Table(
        title="Kept of releases",
        columns=columns("Of", "#The release gave", "#Stays", "#Kept for some days", "Until", "Free since"),
        rows=tuple(
            (
                row_link(each.hold),
                shown(each.earned_minor, each.currency),
                shown(each.fixed_minor, each.currency) if each.fixed_minor else "–",
                shown(each.rolling_minor, each.currency) if each.rolling_minor else "–",
                when(each.kept_until),
                when(each.freed_at),
            )
            for each in rows
        ),
    )


@part("ledger.view", "Kept for disputes")
def disputed(row: PayeeBalance, at: datetime) -> Table | None:
    """What is kept while which bank decides; nothing where nothing ever was."""
    del at
    rows = list(
        DisputeReserve.objects.filter(owner=row.owner, currency=row.currency)
        .select_related("dispute")
        .order_by("-pk")[:SHOWN]
    )
    if not rows:
        return None
    return Table(
        title="Kept for disputes",
        columns=columns("Dispute", "#Kept", "Since", "Free since"),
        rows=tuple(
            (row_link(each.dispute), shown(each.kept_minor, each.currency), when(each.kept_at), when(each.freed_at))
            for each in rows
        ),
    )


@part("ledger.view", "Newest movements")
def newest(row: PayeeBalance, at: datetime) -> Table:
    """The newest lines on their payable account."""
    del at
    found = LedgerLine.objects.filter(account="payable", owner=row.owner, currency=row.currency)
    return Table(
        title="Newest movements of payable",
        columns=columns("Entry", "About", "Posted", "#Debit", "#Credit"),
        rows=tuple(
            (row_link(line.entry, words(line.entry.event)), id_link(line.entry.subject_id), when(line.entry.posted_at),
             *sides(line))
            for line in found.select_related("entry").order_by("-pk")[:SHOWN]
        ),
    )  # fmt: skip


@admin.register(PayeeBalance)
class PayeeBalanceAdmin(ReadOnlyAdmin):
    """Kept in step with the lines, in the same commit, and proved against them."""

    nouns = "Payee balances"
    noun = "balance"
    list_display = ("title", "payee_shown", "payable", "reserve", "receivable", "since", "changed")
    searched = "id of a seller (usr_…), or of a scout as a payee (pye_…)"
    intro = "What stands ready for payout, per payee and currency. It moves only together with the books."
    parts = (balance, payee, debt, proposals, kept_back, slices, disputed, newest, history)
    acts = (*ACTS, SET_TERMS)
    list_filter = (OwesFilter,)

    def find(self, term: str) -> Q | None:
        return Q(owner=term)

    def headline(self, row: Any, *, at: datetime) -> Headline:
        del at
        return Headline(f"{row.currency} of {row.said}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_names(super().get_queryset(request))

    payee_shown = cell("whose", lambda row: row.said)
    title = cell("payee", lambda row: code(f"{row.owner} {row.currency}"))
    payable = cell("payable", lambda row: shown(row.payable_minor, row.currency))
    reserve = cell("reserve", lambda row: shown(row.reserve_minor, row.currency) if row.reserve_minor else "–")
    receivable = cell("owes us", lambda row: shown(row.receivable_minor, row.currency) if row.receivable_minor else "–")
    since = cell("since", lambda row: when(row.owes_since))

    def soonest(self, request: HttpRequest) -> str:
        return "owes_since" if is_asked_for(request) else ""

    changed = cell("changed", lambda row: when(row.changed_at))
