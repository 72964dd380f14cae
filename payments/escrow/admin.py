"""Escrow holds: money that is nobody's yet, why it stays, and when it must leave."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import actor_link, history, people_of
from config.admin.keyset import choice_filter
from config.admin.money import shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Fact, Facts, Figures, Table, columns, part
from config.admin.show import badge, code, row_link, until, when, words
from config.kernel.errors import Refused
from config.kernel.money import MoneyError
from payments.acts import FREEZE, UNFREEZE
from payments.escrow.models import EscrowHold
from payments.escrow.services.release import release_draft
from payments.escrow.states import HoldStatus
from payments.refunds.models import Refund
from payments.related import entries_table, refunds_table


@part("escrow.view", "Money")
def money(row: EscrowHold, at: datetime) -> Figures:
    """What is held of what was."""
    unit = row.currency
    is_open = row.status in (HoldStatus.HELD, HoldStatus.FROZEN)
    found = [
        Figure("Held at first", shown(row.amount_minor, unit)),
        Figure("Still held", shown(row.remaining_minor, unit), Tone.WARNING if row.remaining_minor else Tone.NEUTRAL),
    ]
    if row.returned_minor:
        found.append(Figure("Given back", shown(row.returned_minor, unit)))
    if row.lost_minor:
        found.append(Figure("Lost", shown(row.lost_minor, unit), Tone.BAD))
    if is_open:
        tone = Tone.BAD if row.alarmed_at or row.must_leave_by <= at else Tone.NEUTRAL
        found.append(Figure("Must leave", until(row.must_leave_by, at=at), tone))
    return Figures(tuple(found))


@part("escrow.view", "Hold")
def about(row: EscrowHold, at: datetime) -> Facts:
    """Whose it will be, and from which payment it is."""
    del at
    return Facts(
        "Hold",
        (
            Fact("Id", code(row.public_id)),
            Fact("Fulfilment", row_link(row.fulfilment), hint=words(row.fulfilment.status)),
            Fact("Order", row_link(row.fulfilment.order)),
            Fact("Payment", row_link(row.payment)),
            Fact("For", row_link(row.payee, row.payee.called)),
            Fact("Opened", when(row.opened_at)),
            Fact("Must leave by", when(row.must_leave_by), hint="the gateway lets money wait no longer"),
            Fact("Alarm raised", when(row.alarmed_at)),
            Fact("Released", when(row.released_at)),
        ),
    )


@part("escrow.view", "Freezes")
def freezes(row: EscrowHold, at: datetime) -> Table:
    """Each reason for which it must not move; it is free when none is left."""
    del at
    found = list(row.freezes.order_by("-pk")[:SHOWN])
    people = people_of(freeze.frozen_by for freeze in found)
    return Table(
        title="Freezes",
        columns=columns("Reason", "State", "Note", "By", "Since", "Lifted"),
        rows=tuple(
            (
                words(freeze.reason),
                badge("lifted", tone=Tone.NEUTRAL) if freeze.lifted_at else badge("stands", tone=Tone.BAD),
                freeze.note or "–",
                actor_link(freeze.frozen_by, people),
                when(freeze.frozen_at),
                when(freeze.lifted_at),
            )
            for freeze in found
        ),
        empty="Nothing has ever frozen it.",
    )


@part("escrow.view", "When it is released")
def split(row: EscrowHold, at: datetime) -> Table | None:
    """How what is left would be divided if it were released now."""
    del at
    if row.status not in (HoldStatus.HELD, HoldStatus.FROZEN):
        return None
    try:
        draft = release_draft(row)
    except (Refused, MoneyError):
        return None
    return Table(
        title="When it is released",
        columns=columns("Goes to", "#Amount"),
        rows=tuple(
            (words(line.account), shown(-line.amount.amount_minor, row.currency))
            for line in draft.lines
            if line.amount.amount_minor < 0
        ),
        note="Fees were frozen when the order was priced; what was refunded gave its part of them back.",
    )


@part("refunds.view", "Refunds")
def refunds(row: EscrowHold, at: datetime) -> Table:
    """Refunds that take from it."""
    del at
    return refunds_table(Refund.objects.filter(shares__hold=row).order_by("-pk")[:SHOWN])


@part("ledger.view", "Ledger")
def entries(row: EscrowHold, at: datetime) -> Table:
    """What was booked when it was opened, released and refunded."""
    del at
    refunds = Refund.objects.filter(shares__hold=row).values_list("public_id", flat=True)[:SHOWN]
    return entries_table([row.public_id, row.payment.public_id, *refunds])


_STEPS = {
    HoldStatus.HELD: "It waits for the delivery: completed, it becomes the seller's; cancelled or late, the buyer's.",
    HoldStatus.FROZEN: "It does not move until every reason below is lifted.",
    HoldStatus.RELEASED: "It has become the seller's. A later refund is taken from their balance.",
    HoldStatus.RETURNED: "All of it went back to the buyer, or is owed to them: see Refunds.",
}


@admin.register(EscrowHold)
class EscrowHoldAdmin(ReadOnlyAdmin):
    """“Escrow” is our word for a hold in the ledger; no gateway offers a legal escrow."""

    nouns = "Escrow holds"
    noun = "hold"
    list_display = ("title", "status_shown", "payee_shown", "amount", "left", "opened", "must_leave")
    list_filter = (choice_filter("status", "status", HoldStatus.values),)
    list_select_related = ("fulfilment__order", "payment", "payee")
    prefixes = ("hold_",)
    searched = "hold id (hold_…)"
    intro = "Captured money that waits for its delivery, one hold per seller and order."
    parts = (money, about, freezes, split, refunds, entries, history)
    acts = (FREEZE, UNFREEZE)

    def headline(self, row: EscrowHold, *, at: datetime) -> Headline:
        del at
        title = f"{shown(row.amount_minor, row.currency)} for {row.payee.called}"
        return Headline(title, (badge(row.status),), next_step=_STEPS.get(HoldStatus(row.status), ""))

    title = cell("hold", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    payee_shown = cell("for", lambda row: row.payee.called)
    amount = cell("held at first", lambda row: shown(row.amount_minor, row.currency))
    left = cell("still held", lambda row: shown(row.remaining_minor, row.currency))
    opened = cell("opened", lambda row: when(row.opened_at))
    must_leave = cell(
        "must leave by",
        lambda row: when(row.must_leave_by) if row.status in (HoldStatus.HELD, HoldStatus.FROZEN) else "–",
    )
