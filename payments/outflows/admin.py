"""Money that left a gateway unexplained: how much, to whom, and what of it is back."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, Table, part
from config.admin.show import badge, code, row_link, when
from payments.outflows.models import Outflow
from payments.outflows.states import OutflowStatus
from payments.related import booked, events_table

_TONES = {OutflowStatus.OPEN: Tone.BAD, OutflowStatus.RETURNED: Tone.NEUTRAL}


@part("ledger.view", "Transfer")
def about(row: Outflow, at: datetime) -> Facts:
    """The gateway's object."""
    del at
    return Facts(
        "Transfer",
        (
            Fact("Gateway's id", code(row.gateway_transfer_id)),
            Fact("From", row_link(row.gateway_account, row.gateway_account.code)),
            Fact("Out of", row.drawn_on),
            Fact("To", code(row.destination) if row.destination else "–"),
            Fact("Amount", show_money(row.amount)),
            Fact("Not back", show_money(row.away), hint="stands in suspense"),
            Fact("Made", when(row.made_at), hint="the gateway's time"),
            Fact("Seen", when(row.seen_at)),
        ),
    )


@part("inbox.view", "What the gateway said")
def events(row: Outflow, at: datetime) -> Table:
    """Events about the transfer."""
    del at
    return events_table(row.gateway_account.code, [row.gateway_transfer_id])


@admin.register(Outflow)
class OutflowAdmin(ReadOnlyAdmin):
    """Told by the gateways; nobody makes one here."""

    nouns = "Money that left unexplained"
    noun = "outflow"
    list_display = ("title", "status_shown", "amount_shown", "away_shown", "account", "destination", "made")
    list_select_related = ("gateway_account",)
    list_filter = (choice_filter("status", "status", OutflowStatus.values),)
    prefixes = ("out_",)
    searched = "id of an outflow (out_…)"
    intro = (
        "Transfers and payouts of our money at a gateway that nobody here made. What is not back stands in suspense."
    )
    parts = (about, booked, events, history)

    def headline(self, row: Outflow, *, at: datetime) -> Headline:
        del at
        step = ""
        if row.status == OutflowStatus.OPEN:
            step = "Find out who made it, and have it reversed at the gateway: it is booked back when that is told."
        title = f"{show_money(row.amount)} from {row.gateway_account.code}"
        return Headline(title, (badge(row.status, tone=_TONES[OutflowStatus(row.status)]),), next_step=step)

    title = cell("outflow", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status, tone=_TONES[OutflowStatus(row.status)]))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    away_shown = cell("not back", lambda row: show_money(row.away))
    account = cell("from", lambda row: row.gateway_account.code)
    made = cell("made", lambda row: when(row.made_at))
