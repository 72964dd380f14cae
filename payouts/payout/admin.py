"""Payouts on their way to sellers and scouts, and the runs that made them."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.keyset import choice_filter
from config.admin.money import show_money
from config.admin.panel import numbered
from config.admin.show import badge, code, when, words
from payments.related import booked
from payouts.bankfile.acts import CONFIRM, DECLINE, SAY, proposed
from payouts.payees.models import PayeeKind
from payouts.payout.acts import APPROVE, APPROVE_MANY, CANCEL, LOOKED, RETRY, STOP
from payouts.payout.heirs import heir_of
from payouts.payout.models import Payout, PayoutBatch
from payouts.payout.parts import about, calls, events, lines, money, progress, results, totals
from payouts.payout.queries import is_kept
from payouts.payout.serializers import why_it_waits
from payouts.payout.states import PayoutStatus

_STEPS = {
    PayoutStatus.AWAITING_APPROVAL: "Somebody of finance approves or cancels it: never who asked for it.",
    PayoutStatus.APPROVED: "It is sent within seconds, once nothing stands in its way.",
    PayoutStatus.SENDING: "The rail was asked. If the answer was lost, the machine asks what became of it.",
    PayoutStatus.IN_TRANSIT: "The rail has it. It arrives within hours or days; the rail says when.",
    PayoutStatus.FAILED: "It was not paid, and is the payee's balance again. Try it again when its cause is over.",
    PayoutStatus.RETURNED: "The bank sent it back, and it is the payee's balance again. Ask the payee for another"
    " account.",
    PayoutStatus.PAID_LATE: "It was paid after we had booked that it failed. Look whether another payout of the same"
    " money went: then the payee owes us, and their next earnings pay it.",
}
_GONE_ON = "It did not arrive, and its money went on with a later payout: nothing is to be done about this one."
_STRANDED = (
    "Its money stands in the payee's account at the rail, and is payable as well. It is taken back from there, or two"
    " people say that the payee has it. Nothing more is frozen for them before."
)
_KEPT = "The payee has what it had left in their account: two people said so. It is never moved there again."
_BY_FILE = "Somebody takes it out into a file for our bank."
_IN_FILE = "Somebody pays its file at our bank, and says what the bank did with it."
_SAID = "Somebody says what the bank did with it. Another person looks that up on the statement, and confirms it."


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """What leaves for payees."""

    list_display = ("title", "status_shown", "amount_shown", "payee_shown", "to", "waits", "frozen")
    list_filter = (
        choice_filter("status", "status", PayoutStatus.values),
        choice_filter("kind", "payee__kind", PayeeKind.values),
    )
    list_select_related = ("payee__user", "destination", "batch", "retry_of", "file")
    prefixes = ("po_", "pout_")
    searched = "payout id (po_…), the payee's (pye_…), or the rail's"
    intro = "Frozen of a balance by a run or by somebody, approved where it must be, sent by its rail or by a file."
    parts = (money, about, lines, booked, calls, events, history)
    acts = (APPROVE, CANCEL, STOP, RETRY, LOOKED, SAY, CONFIRM, DECLINE)
    list_acts = (APPROVE_MANY,)

    def find(self, term: str) -> Q | None:
        if term.startswith("pye_"):
            return Q(payee__public_id=term)
        return Q(public_id=term) | Q(rail_payout_id=term) | Q(rail_transfer_id=term)

    def headline(self, row: Payout, *, at: datetime) -> Headline:
        del at
        step = _STEPS.get(PayoutStatus(row.status), "")
        if row.drawn_on == "bank" and row.status == PayoutStatus.APPROVED:
            step = _BY_FILE
        if row.drawn_on == "bank" and row.status == PayoutStatus.SENDING:
            step = _IN_FILE
        if proposed(row) is not None:
            step = _SAID
        if row.waits_because and row.status == PayoutStatus.APPROVED:
            step = f"It waits: {row.waits_because}."
        if heir_of(row) is not None:
            step = _GONE_ON
        if row.is_over and row.in_account_minor > 0:
            step = _STRANDED
        if row.status == PayoutStatus.PAID_LATE and is_kept(row):
            step = _KEPT
        name = row.payee.user.called
        return Headline(f"{show_money(row.net)} to {name}", (badge(row.status),), next_step=step)

    title = cell("payout", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    amount_shown = cell("net", lambda row: show_money(row.net))
    payee_shown = cell("payee", lambda row: f"{row.payee.user.called} ({row.payee.kind})")
    to = cell("to", lambda row: row.destination.masked)
    waits = cell("why not yet", lambda row: why_it_waits(row) or words(row.failure_code) or "–")
    frozen = cell("frozen", lambda row: when(row.frozen_at))


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ReadOnlyAdmin):
    """Runs over payees whose time had come."""

    nouns = "Payout runs"
    noun = "payout run"
    list_display = ("title", "made", "by", "looked_at_shown", "finished")
    prefixes = ("pob_",)
    searched = "id of a run (pob_…)"
    intro = "Each looks at the payees whose time has come, and keeps what became of each balance."
    parts = (progress, totals, results, history)

    def headline(self, row: PayoutBatch, *, at: datetime) -> Headline:
        del at
        step = "" if row.finished_at else "It is under way, or died: the next run goes on with who is still due."
        return Headline(f"Payout run over {numbered(row.looked_at, 'balance')}", next_step=step)

    title = cell("run", lambda row: code(row.public_id))
    made = cell("made", lambda row: when(row.made_at))
    by = cell("by", lambda row: by_whom(row.made_by))
    looked_at_shown = cell("looked at", lambda row: f"{row.looked_at:,}")
    finished = cell("finished", lambda row: when(row.finished_at))
