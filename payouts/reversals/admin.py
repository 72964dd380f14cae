"""Reversals: what is asked back of which transfer, why, and what became of it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, row_link, when, words
from payouts.reversals.acts import APPROVE, CANCEL
from payouts.reversals.models import Reversal, ReversalCause
from payouts.reversals.states import ReversalStatus

_TONES = {ReversalStatus.SUCCEEDED: Tone.GOOD, ReversalStatus.DECLINED: Tone.BAD, ReversalStatus.PROPOSED: Tone.WARNING}
_BECAUSE = {
    ReversalCause.DEBT: "they owe us",
    ReversalCause.STRANDED: "its payout failed, and it stands in their account",
    ReversalCause.STOPPED: "its payout is stopped before it is made",
}
_STEPS = {
    ReversalStatus.PROPOSED: "Another person decides whether it is asked back.",
    ReversalStatus.DECLINED: "Their account has not so much.",
}


def _whose(row: Reversal) -> str:
    return row.payout.payee.user.called


@part("payouts.view", "Reversal")
def about(row: Reversal, at: datetime) -> Facts:
    """What is asked back, and who said so."""
    del at
    return Facts(
        "Reversal",
        (
            Fact("Amount", show_money(row.amount)),
            Fact("Because", _BECAUSE[ReversalCause(row.cause)]),
            Fact("From", row_link(row.payout.payee, _whose(row))),
            Fact("Payout", row_link(row.payout, row.payout.public_id)),
            Fact("Transfer", code(row.payout.rail_transfer_id or "–")),
            Fact("The rail's id", code(row.rail_reversal_id) if row.rail_reversal_id else "–"),
            Fact("Proposed", when(row.proposed_at)),
            Fact("Proposed by", by_whom(row.proposed_by)),
            Fact("Approved by", by_whom(row.approved_by)),
            Fact("Ended", when(row.ended_at)),
            Fact("Failure", words(row.failure_code) if row.failure_code else "–"),
        ),
    )


@admin.register(Reversal)
class ReversalAdmin(ReadOnlyAdmin):
    """Proposed by the machine where a payee owes us, decided by two people."""

    nouns = "Transfers taken back"
    noun = "reversal"
    list_display = ("title", "status_shown", "amount_shown", "whose", "cause_shown", "payout_shown", "proposed")
    list_select_related = ("payout__payee__user",)
    list_filter = (choice_filter("status", "status", ReversalStatus.values),)
    prefixes = ("rev_",)
    searched = "id of a reversal (rev_…)"
    intro = "What is asked back from payees' accounts at a gateway, as far as they still have it."
    parts = (about, history)
    acts = (APPROVE, CANCEL)

    def headline(self, row: Reversal, *, at: datetime) -> Headline:
        del at
        status = ReversalStatus(row.status)
        step = _STEPS.get(status, "")
        if status == ReversalStatus.DECLINED and row.cause == ReversalCause.DEBT:
            step += " What they owe is taken from their next earnings."
        return Headline(
            f"{show_money(row.amount)} from {_whose(row)}",
            (badge(row.status, tone=_TONES.get(status, Tone.NEUTRAL)),),
            next_step=step,
        )

    title = cell("reversal", lambda row: code(row.public_id))
    status_shown = cell(
        "status", lambda row: badge(row.status, tone=_TONES.get(ReversalStatus(row.status), Tone.NEUTRAL))
    )
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    whose = cell("from", _whose)
    cause_shown = cell("because", lambda row: _BECAUSE[ReversalCause(row.cause)])
    payout_shown = cell("payout", lambda row: code(row.payout.public_id))
    proposed = cell("proposed", lambda row: when(row.proposed_at))
