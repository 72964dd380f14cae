"""Settlements: what a gateway paid out to our bank, and where its money is in the books."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, row_link, when, words
from payments.related import booked
from payments.settlements.models import Settlement
from payments.settlements.states import SettlementStatus

_STEPS = {
    SettlementStatus.ANNOUNCED: "The gateway has sent it, or will. The bank's statement shows it when it is there.",
    SettlementStatus.PAID: "The gateway says that the bank has it. What the statement shows counts.",
    SettlementStatus.FAILED: "It came back to the gateway. Look at the bank account that the gateway knows.",
}


@part("ledger.view", "Settlement")
def about(row: Settlement, at: datetime) -> Facts:
    """The gateway's object, and when it should be there."""
    del at
    return Facts(
        "Settlement",
        (
            Fact("Gateway's id", code(row.gateway_settlement_id)),
            Fact("By", row_link(row.gateway_account, row.gateway_account.code)),
            Fact("Amount", show_money(row.amount), hint="taken from our bank" if row.amount_minor < 0 else ""),
            Fact("On the statement", code(row.reference)),
            Fact("Announced", when(row.announced_at), hint="the gateway's time"),
            Fact("Expected", when(row.expected_at)),
            Fact("Failure", words(row.failure_code) or "–"),
        ),
    )


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    """Told by the gateways; nobody makes one here."""

    list_display = ("title", "status_shown", "amount_shown", "account", "reference", "expected")
    list_select_related = ("gateway_account",)
    list_filter = (choice_filter("status", "status", SettlementStatus.values),)
    prefixes = ("stl_",)
    searched = "id of a settlement (stl_…)"
    intro = "What gateways pay out to our bank account. Until the bank's statement shows it, its money is settling."
    parts = (about, booked, history)

    def headline(self, row: Settlement, *, at: datetime) -> Headline:
        del at
        step = _STEPS.get(SettlementStatus(row.status), "")
        return Headline(f"{show_money(row.amount)} by {row.gateway_account.code}", (badge(row.status),), next_step=step)

    title = cell("settlement", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    account = cell("by", lambda row: row.gateway_account.code)
    expected = cell("expected", lambda row: when(row.expected_at))
