"""Files of payouts that a person pays at our bank."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Count, Sum

from config.admin.base import Headline, ReadOnlyAdmin, cell
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
                each.payee.user.called,
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
    prefixes = ("pof_",)
    searched = "id of a file (pof_…)"
    intro = "Approved payouts are taken out into a file, paid at our bank by one person and confirmed by another."
    parts = (about, states, rows, history)
    acts = (DOWNLOAD, PAID, CONFIRM_FILE)
    list_acts = (MAKE,)

    def headline(self, row: PayoutFile, *, at: datetime) -> Headline:
        del at
        step = "Download it, and pay it at the bank." if row.downloaded_at is None else (
            "Say what the bank did with it, and have another person confirm that."
        )  # fmt: skip
        if not row.payouts.filter(status="sending").exists():
            step = ""
        return Headline(f"{shown(row.total_minor, row.currency)} in {numbered(row.rows, 'payout')}", next_step=step)

    title = cell("file", lambda row: code(row.public_id))
    total = cell("total", lambda row: shown(row.total_minor, row.currency))
    rows_shown = cell("payouts", lambda row: f"{row.rows:,}")
    account = cell("paid from", lambda row: row.bank_account)
    made = cell("made", lambda row: when(row.made_at))
    downloaded = cell("downloaded", lambda row: when(row.downloaded_at))
