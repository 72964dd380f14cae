"""What the page of a payee's balance shows of their debt: since when, and how it is to end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.admin.history import by_whom
from config.admin.money import show_money, shown
from config.admin.parts import SHOWN, Fact, Facts, Table, columns, part
from config.admin.show import badge, code, when, words
from config.kernel import clock
from payments.debts.models import DebtProposal
from payments.debts.rules import age_band
from payments.ledger.models import PayeeBalance

OWES = "owes"
_SPANS = {"any": "anything", "30": "for 30 days and more", "60": "for 60 days and more", "90": "for 90 days and more"}


class OwesFilter(admin.SimpleListFilter):
    """Who owes us, by the age of the debt."""

    title = "owes us"
    parameter_name = OWES

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return list(_SPANS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[PayeeBalance]) -> QuerySet[PayeeBalance]:
        del request
        span = self.value()
        if span not in _SPANS:
            return queryset
        rows = queryset.filter(receivable_minor__gt=0)
        return rows if span == "any" else rows.filter(owes_since__lte=clock.now() - timedelta(days=int(span)))


def is_asked_for(request: HttpRequest) -> bool:
    """Whether the list is of those who owe us: the oldest debt stands first then."""
    return request.GET.get(OWES) in _SPANS


@part("ledger.view", "Debt")
def debt(row: PayeeBalance, at: datetime) -> Facts | None:
    """What they owe us and since when; nothing where they do not."""
    if row.owes_since is None:
        return None
    return Facts(
        "Debt",
        (
            Fact("They owe us", shown(row.receivable_minor, row.currency), hint="their next earnings pay it first"),
            Fact("Since", when(row.owes_since)),
            Fact("Age", age_band(row.owes_since, at=at)),
        ),
    )


@part("ledger.view", "Ends of their debt")
def proposals(row: PayeeBalance, at: datetime) -> Table | None:
    """What somebody proposed, and what became of it; nothing where nobody ever did."""
    del at
    found = list(DebtProposal.objects.filter(balance=row).order_by("-pk")[:SHOWN])
    if not found:
        return None
    return Table(
        title="Ends of their debt",
        columns=columns("Proposal", "State", "What", "#How much", "At our bank", "Why", "Proposed by", "Decided by"),
        rows=tuple(
            (
                code(each.public_id),
                badge(each.status),
                words(each.kind),
                show_money(each.amount),
                f"{each.bank_account} {each.reference}".strip() or "–",
                each.reason,
                by_whom(each.proposed_by),
                by_whom(each.decided_by) if each.decided_by else "–",
            )
            for each in found
        ),
    )
