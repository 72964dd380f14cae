"""Movements of our own money to floats."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, when
from config.proposals.states import ProposalStatus
from payments.related import booked
from payouts.treasury.acts import CONFIRM, DECLINE, PROPOSE
from payouts.treasury.models import FloatMove


@part("payouts.view", "Movement")
def about(row: FloatMove, at: datetime) -> Facts:
    """From where to where, and by whose word."""
    del at
    return Facts(
        "Movement",
        (
            Fact("Id", code(row.public_id)),
            Fact("Amount", show_money(row.amount)),
            Fact("From", row.bank_account, hint="our bank account"),
            Fact("To", row.rail_account, hint="what payouts are drawn on"),
            Fact("The bank's reference", code(row.reference)),
            Fact("Because", row.reason),
            Fact("Proposed by", by_whom(row.proposed_by)),
            Fact("Proposed", when(row.proposed_at)),
            Fact("Decided by", by_whom(row.decided_by)),
            Fact("Decided", when(row.decided_at)),
        ),
    )


@admin.register(FloatMove)
class FloatMoveAdmin(ReadOnlyAdmin):
    """How floats are filled up."""

    nouns = "Floats filled up"
    noun = "movement to a float"
    list_display = ("title", "status_shown", "amount_shown", "to", "reference", "proposed")
    list_filter = (choice_filter("status", "status", ProposalStatus.values),)
    prefixes = ("fm_",)
    searched = "id of a movement (fm_…)"
    intro = "One person says that our bank sent money to where payouts are drawn on, and another one confirms it."
    parts = (about, booked, history)
    acts = (CONFIRM, DECLINE)
    list_acts = (PROPOSE,)

    def headline(self, row: FloatMove, *, at: datetime) -> Headline:
        del at
        step = "Another person finds it on the bank's statement, and confirms it." if row.waits else ""
        return Headline(f"{show_money(row.amount)} to {row.rail_account}", (badge(row.status),), next_step=step)

    title = cell("movement", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    to = cell("to", lambda row: row.rail_account)
    proposed = cell("proposed", lambda row: when(row.proposed_at))
