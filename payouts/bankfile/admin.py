"""Files of payouts that a person pays at our bank."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, Sum

from config.admin.base import Headline, ReadOnlyAdmin
from config.admin.history import by_whom, history
from config.admin.money import show_money, shown
from config.admin.panel import numbered
from config.admin.parts import SHOWN, Fact, Facts, Table, columns, part
from config.admin.show import badge, code, row_link, when
from payouts.bankfile.acts import CONFIRM_FILE, DOWNLOAD, MAKE, PAID, proposed
from payouts.bankfile.models import PayoutFile


@part("payouts.view", "File")
def about(row: PayoutFile, at: datetime) -> Facts:
    """From where it is paid, and who has it."""
    del at
    return Facts(
        "File",
        (
            Fact("Id", code(row.public_id)),
            Fact("Paid from", row.bank_account),
            Fact("Payouts", f"{row.rows:,}"),
            Fact("Total", shown(row.total_minor, row.currency)),
            Fact("Made by", by_whom(row.made_by)),
            Fact("Made", when(row.made_at)),
            Fact("Downloaded by", by_whom(row.downloaded_by) if row.downloaded_by else "nobody"),
            Fact("Downloaded", when(row.downloaded_at)),
        ),
    )


@part("payouts.view", "By state")
def states(row: PayoutFile, at: datetime) -> Table:
    """How far it is."""
    del at
    sums = row.payouts.values_list("status").annotate(number=Count("pk"), total=Sum("net_minor")).order_by("status")
    return Table(
        title="By state",
        columns=columns("State", "#Payouts", "#Net"),
        rows=tuple((badge(state), f"{number:,}", shown(total, row.currency)) for state, number, total in sums),
    )


@part("payouts.view", "Payouts")
def rows(row: PayoutFile, at: datetime) -> Table:
    """Each of its payouts, and what is said of it."""
    del at
    found = row.payouts.select_related("payee__user", "destination").order_by("pk")[:SHOWN]
    return Table(
        title="Payouts",
        columns=columns("Payout", "Payee", "To", "#Net", "State", "Proposed"),
        rows=tuple(
            (
                row_link(each),
                each.payee.user.name or each.payee.user.email,
                each.destination.masked,
                show_money(each.net),
                badge(each.status),
                f"{said.kind} {said.reference}" if (said := proposed(each)) else "–",
            )
            for each in found
        ),
    )


@admin.register(PayoutFile)
class PayoutFileAdmin(ReadOnlyAdmin):
    """What somebody pays at the bank by hand."""

    nouns = "Bank files"
    noun = "bank file"
    list_display = ("title", "total", "rows_shown", "account", "made", "downloaded")
    searched = "id of a file (pof_…)"
    intro = "Approved payouts are taken out into a file, paid at our bank by one person and confirmed by another."
    parts = (about, states, rows, history)
    acts = (DOWNLOAD, PAID, CONFIRM_FILE)
    list_acts = (MAKE,)

    def finds(self, term: str) -> bool:
        return term.startswith("pof_")

    def find(self, term: str) -> Q | None:
        return Q(public_id=term)

    def headline(self, row: PayoutFile, *, at: datetime) -> Headline:
        del at
        step = "Download it, and pay it at the bank." if row.downloaded_at is None else (
            "Say what the bank did with it, and have another person confirm that."
        )  # fmt: skip
        if not row.payouts.filter(status="sending").exists():
            step = ""
        return Headline(f"{shown(row.total_minor, row.currency)} in {numbered(row.rows, 'payout')}", next_step=step)

    @admin.display(description="file")
    def title(self, row: PayoutFile) -> Any:
        return code(row.public_id)

    @admin.display(description="total")
    def total(self, row: PayoutFile) -> Any:
        return shown(row.total_minor, row.currency)

    @admin.display(description="payouts")
    def rows_shown(self, row: PayoutFile) -> Any:
        return f"{row.rows:,}"

    @admin.display(description="paid from")
    def account(self, row: PayoutFile) -> Any:
        return row.bank_account

    @admin.display(description="made")
    def made(self, row: PayoutFile) -> Any:
        return when(row.made_at)

    @admin.display(description="downloaded")
    def downloaded(self, row: PayoutFile) -> Any:
        return when(row.downloaded_at)
