"""What a payout's page is made of, and the page of the run that made it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, F, Sum

from config.admin.history import by_whom, subject_of
from config.admin.money import show_money, shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Fact, Facts, Figures, Table, columns, part
from config.admin.show import badge, code, id_link, row_link, url_of, when, words
from payments.related import calls_table, events_table, sides
from payouts.payout.heirs import heir_of
from payouts.payout.models import BatchRow, Payout, PayoutBatch
from payouts.payout.queries import frozen_lines
from payouts.payout.reasons import in_words
from payouts.payout.rules import WHY_SECOND
from payouts.payout.states import BANK_HAS, FROZEN, PayoutStatus


def drawn_on(row: Payout) -> str:
    """Out of what of ours it is paid."""
    if row.drawn_on == "bank":
        return f"our bank account {row.rail_account.removeprefix('bank:')}"
    if row.drawn_on == "connected":
        return f"the payee's account at {row.rail_account}"
    return f"the {row.drawn_on} of {row.rail_account}"


@part("payouts.view", "Money")
def money(row: Payout, at: datetime) -> Figures:
    """How much was frozen, what of it is sent, and where it is."""
    del at
    found = [Figure("Frozen", shown(row.gross_minor, row.currency))]
    if row.fee_minor:
        found.append(Figure("Fee of the payee", shown(row.fee_minor, row.currency)))
    found.append(Figure("Net", show_money(row.net)))
    if row.status in FROZEN:
        found.append(Figure("In transit", show_money(row.net), Tone.WARNING))
    elif row.status in BANK_HAS:
        found.append(Figure("With the payee", show_money(row.net), Tone.GOOD))
    elif heir := heir_of(row):
        found.append(Figure("In a later payout", shown(row.gross_minor, row.currency), url=url_of(heir)))
    else:
        tone = Tone.BAD if row.status in (PayoutStatus.FAILED, PayoutStatus.RETURNED) else Tone.NEUTRAL
        found.append(Figure("Given back to their balance", shown(row.gross_minor, row.currency), tone))
    if row.is_over and row.in_account_minor:
        found.append(Figure("In their account at the rail", shown(row.in_account_minor, row.currency), Tone.BAD))
    return Figures(tuple(found))


@part("payouts.view", "Payout")
def about(row: Payout, at: datetime) -> Facts:
    """Whose it is, where it goes, and what stopped it."""
    del at
    failure = ": ".join(each for each in (words(row.failure_code), row.failure_detail) if each) or "–"
    told = in_words(code=row.failure_code, advice=row.advice) if row.failure_code else ""
    second, heir = WHY_SECOND.get(row.why_approval, ""), heir_of(row)
    return Facts(
        "Payout",
        (
            Fact("Id", code(row.public_id)),
            Fact("Payee", row_link(row.payee, row.payee.user.called), hint=row.payee.kind),
            Fact("To", row_link(row.destination, row.destination.masked)),
            Fact("By", words(row.rail), hint=f"drawn on {drawn_on(row)}"),
            Fact("Asked for by", by_whom(row.requested_by)),
            Fact("Needs two", "yes" if second else "no", hint=second),
            Fact("Approved by", by_whom(row.approved_by)),
            Fact("Run", row_link(row.batch) if row.batch else "–"),
            Fact("Tries again", row_link(row.retry_of)),
            Fact("Tried again by", row_link(Payout.objects.filter(retry_of=row).first())),
            Fact("Its money is in", row_link(heir), hint=words(heir.status) if heir else ""),
            Fact("File", row_link(row.file) if row.file else "–"),
            Fact("Rail's payout", code(row.rail_payout_id)),
            Fact("Rail's transfer", code(row.rail_transfer_id)),
            Fact("Reference", code(row.reference), hint="UTR or trace id: the payee's bank finds it by this"),
            Fact("Last failure", failure, hint=told),
            Fact("What to do", words(row.advice) or "–"),
            Fact("Frozen", when(row.frozen_at)),
            Fact("Sent", when(row.sent_at)),
            Fact("Paid", when(row.paid_at)),
            Fact("Ended", when(row.ended_at), hint="somebody looked at it" if is_looked_at(row) else ""),
        ),
    )


def is_looked_at(row: Payout) -> bool:
    """Whether somebody looked at how it ended; what it became since is looked at anew."""
    return row.ended_at is not None and row.looked_end_at == row.ended_at


@part("payouts.view", "Made of")
def lines(row: Payout, at: datetime) -> Table:
    """The frozen set: the payee's lines since the payout before, which come to what was frozen."""
    del at
    found = list(frozen_lines(row).select_related("entry").exclude(pk=row.upto_line_id)[: SHOWN + 1])
    rows: list[tuple[Any, ...]] = [
        (row_link(line.entry, words(line.entry.event)), id_link(line.entry.subject_id), when(line.entry.posted_at),
         *sides(line))
        for line in found[:SHOWN]
    ]  # fmt: skip
    rows.append(("All together", "", "", "", shown(row.gross_minor, row.currency)))
    return Table(
        title="Made of",
        columns=columns("Event", "Of", "Booked", "#Taken", "#Given"),
        rows=tuple(rows),
        note="Only the first are shown; the sum is of all." if len(found) > SHOWN else "",
    )


@part("calls.view", "Calls to the rail")
def calls(row: Payout, at: datetime) -> Table:
    """Every time it was sent."""
    del at
    return calls_table([subject_of(row)])


@part("inbox.view", "What the rail said")
def events(row: Payout, at: datetime) -> Table:
    """Events about the rail's payout and its transfer."""
    del at
    return events_table(row.rail_account, [row.rail_payout_id, row.rail_transfer_id])


@part("payouts.view", "Totals")
def totals(row: PayoutBatch, at: datetime) -> Table:
    """What the run froze, by currency and state."""
    del at
    sums = row.payouts.values_list("currency", "status").annotate(number=Count("pk"), total=Sum("net_minor"))
    return Table(
        title="Totals",
        columns=columns("Currency", "State", "#Payouts", "#Net"),
        rows=tuple(
            (unit, badge(state), f"{number:,}", shown(total, unit))
            for unit, state, number, total in sums.order_by("currency", "status")
        ),
        empty="Nothing was frozen.",
    )


@part("payouts.view", "Progress")
def progress(row: PayoutBatch, at: datetime) -> Figures:
    """How many were looked at, frozen, and ended by now."""
    del at
    frozen, open_ones = row.payouts.count(), row.payouts.filter(status__in=FROZEN).count()
    return Figures(
        (
            Figure("Looked at", f"{row.looked_at:,}"),
            Figure("Frozen", f"{frozen:,}"),
            Figure("Not over", f"{open_ones:,}", Tone.WARNING if open_ones else Tone.GOOD),
            Figure("Not paid", f"{row.rows.filter(payout__isnull=True).count():,}"),
        )
    )


@part("payouts.view", "Results")
def results(row: PayoutBatch, at: datetime) -> Table:
    """Each balance that was looked at: its payout, or why there is none. What was not paid stands first, so that no
    long run hides it."""
    del at
    rows = BatchRow.objects.filter(batch=row).select_related("payee__user", "payout")
    found = list(rows.order_by(F("payout").asc(nulls_first=True), "pk")[: SHOWN + 1])
    more = f" Only the first {SHOWN} are shown: the totals are of all." if len(found) > SHOWN else ""
    return Table(
        title="Results",
        columns=columns("Payee", "Currency", "Result", "#Net", "State, or why not"),
        rows=tuple(
            (
                row_link(each.payee, each.payee.user.called),
                each.currency,
                row_link(each.payout) if each.payout else badge("not paid", tone=Tone.WARNING),
                show_money(each.payout.net) if each.payout else "–",
                badge(each.payout.status) if each.payout else each.detail,
            )
            for each in found[:SHOWN]
        ),
        note=f"Of whom nothing was payable no row is kept.{more}",
    )
