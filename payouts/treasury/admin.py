"""Movements of our own money to floats, and what came there."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, row_link, when
from config.proposals.states import ProposalStatus
from payments.related import booked
from payouts.treasury.acts import CONFIRM, CREDIT_LOOKED, DECLINE, MOVE_LOOKED, PROPOSE
from payouts.treasury.models import FloatCredit, FloatMove


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
            Fact("Came", when(row.arrived_at), hint="as the rail tells"),
            Fact("Looked at", when(row.looked_at), hint="why it never came"),
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
    acts = (CONFIRM, DECLINE, MOVE_LOOKED)
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


@part("payouts.view", "Credit")
def came(row: FloatCredit, at: datetime) -> Facts:
    """What came, and which movement of ours it is."""
    del at
    return Facts(
        "Credit",
        (
            Fact("Id", code(row.public_id)),
            Fact("Amount", show_money(row.amount)),
            Fact("To", row.rail_account, hint="what payouts are drawn on"),
            Fact("At the rail", code(row.transaction_id), hint=row.source),
            Fact("The bank's reference", code(row.reference) if row.reference else "not told"),
            Fact("Came", when(row.came_at)),
            Fact(
                "Explained by",
                row_link(row.move, row.move.public_id) if row.move else "not said",
                hint="what our bank sent",
            ),
            Fact("Looked at", when(row.looked_at)),
        ),
    )


@admin.register(FloatCredit)
class FloatCreditAdmin(ReadOnlyAdmin):
    """What came to floats."""

    nouns = "Money that came to floats"
    noun = "float credit"
    list_display = ("title", "amount_shown", "to", "reference", "explained", "came_shown")
    list_select_related = ("move",)
    prefixes = ("fc_",)
    searched = "id of what came (fc_…), or the rail's (txn_…)"
    intro = "What rails tell that came to their floats. It is booked by what two people say that our bank sent there."
    parts = (came, history)
    acts = (CREDIT_LOOKED,)

    def find(self, term: str) -> Q | None:
        return Q(public_id=term) | Q(transaction_id=term)

    def headline(self, row: FloatCredit, *, at: datetime) -> Headline:
        del at
        step = "Say by A float was filled up… that our bank sent it, or find out what it is."
        title = f"{show_money(row.amount)} to {row.rail_account}"
        return Headline(title, next_step=step if row.is_unexplained else "")

    title = cell("what came", lambda row: code(row.public_id))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    to = cell("to", lambda row: row.rail_account)
    explained = cell("explained by", lambda row: code(row.move.public_id) if row.move else _unsaid(row))
    came_shown = cell("came", lambda row: when(row.came_at))


def _unsaid(row: FloatCredit) -> str:
    return "not said" if row.is_unexplained else "looked at"
