"""What the page of a dispute shows: money, deadline, evidence, files, and all that belongs to it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum
from django.urls import reverse
from django.utils.html import format_html

from config.admin.history import actor_link, by_whom, people_of, subject_of
from config.admin.money import show_money, shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Fact, Facts, Figures, Table, columns, part
from config.admin.show import code, id_link, link, row_link, until, when, words
from payments.disputes.acts import LABELS, paper_label
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.disputes.services.keeping import if_lost
from payments.disputes.states import ANSWERABLE, DisputeStatus
from payments.escrow.models import EscrowHold
from payments.gateways.dispute_views import EvidenceText
from payments.refunds.models import Refund
from payments.related import calls_table, events_table, holds_table, refunds_table

_POTS = {
    "hold": "the seller's part",
    "borne": "us: the platform bears it",
    "loss": "us: nothing was left",
    "unapplied": "money that was nobody's",
}


@part("disputes.view", "Money")
def money(row: Dispute, at: datetime) -> Figures:
    """What is disputed, what is away, what is lost, what it cost; and until when it can be answered."""
    found = [Figure("Disputed", show_money(row.amount))]
    if row.withdrawn_minor > 0 and row.status != DisputeStatus.LOST:
        found.append(Figure("Away from us", show_money(row.withdrawn), Tone.WARNING))
    if row.lost_minor:
        found.append(Figure("Lost", shown(row.lost_minor, row.currency), Tone.BAD))
    fees = row.movements.values_list("settled_currency").annotate(total=Sum("fee_minor"))
    found += [Figure("Fees", shown(total, unit)) for unit, total in fees.order_by("settled_currency") if total]
    if row.status in ANSWERABLE and not row.is_submitted and row.evidence_due_at:
        tone = Tone.BAD if (row.evidence_due_at - at).days < 3 else Tone.WARNING
        found.append(Figure("Evidence is due", until(row.evidence_due_at, at=at), tone))
    return Figures(tuple(found))


@part("disputes.view", "Dispute")
def about(row: Dispute, at: datetime) -> Facts:
    """Why, over what, since when."""
    del at
    return Facts(
        "Dispute",
        (
            Fact("Id", code(row.public_id)),
            Fact("Payment", row_link(row.payment)),
            Fact("For", id_link(row.payment.ref)),
            Fact("At", row.gateway_account.code),
            Fact("Gateway's dispute", code(row.gateway_dispute_id)),
            Fact("Why", words(row.reason) or "–", hint="the bank's reason"),
            Fact("Network's code", code(row.network_reason)),
            Fact("Stage", words(row.phase) or "–", hint="the gateway's word"),
            Fact("Whose loss", words(row.bearer), hint="of what was delivered, by the policy when it was opened"),
            Fact("Opened", when(row.opened_at), hint="the gateway's time"),
            Fact("Evidence due", when(row.evidence_due_at)),
            Fact("Submitted", "yes" if row.is_submitted else "no", hint=_submitted(row)),
            Fact("Decided", when(row.closed_at)),
            *_concession(row),
        ),
    )


def _concession(row: Dispute) -> tuple[Fact, ...]:
    if not row.concession_asked_by:
        return ()
    return (Fact("Conceding asked by", by_whom(row.concession_asked_by), hint=row.concession_reason),)


def _submitted(row: Dispute) -> str:
    written = DisputeEvidence.objects.filter(dispute=row, submitted_at__isnull=False).first()
    return f"{written.submitted_at:%Y-%m-%d %H:%M} UTC" if written else ""


@part("disputes.view", "If it is lost")
def sellers_if_lost(row: Dispute, at: datetime) -> Table | None:
    """What sellers would give back, from where; nothing once it is decided, or where no seller has its money."""
    del at
    found = if_lost(row) if row.closed_at is None else []
    if not found:
        return None
    said = tuple((id_link(each.owner), str(each)) for each in found)
    return Table(title="If it is lost", columns=columns("Seller", "What is taken back"), rows=said)


@part("disputes.view", "Evidence")
def evidence(row: Dispute, at: datetime) -> Table:
    """What is written."""
    del at
    written = DisputeEvidence.objects.filter(dispute=row).first()
    texts = written.texts if written else {}
    by = by_whom(written.written_by) if written else ""
    return Table(
        title="Evidence",
        columns=columns("About", "What we say"),
        rows=tuple((LABELS[name][0], texts[name.value]) for name in EvidenceText if texts.get(name.value)),
        empty="Nothing is written.",
        note=format_html("Last written by {}.", by) if by else "",
    )


@part("disputes.view", "Files")
def files(row: Dispute, at: datetime) -> Table:
    """What is kept of papers; each is given to be saved, never shown in the browser."""
    del at
    found = list(EvidenceFile.objects.filter(dispute=row).defer("content").order_by("paper"))
    people = people_of(file.uploaded_by for file in found)
    return Table(
        title="Files",
        columns=columns("What it is", "File", "#Size", "By", "Added"),
        rows=tuple(
            (
                paper_label(file.paper),
                link(reverse("admin:payments_dispute_file", args=[row.pk, file.pk]), file.name),
                f"{max(1, file.size // 1024)} KB",
                actor_link(file.uploaded_by, people),
                when(file.uploaded_at),
            )
            for file in found
        ),
        empty="No file is kept.",
    )


@part("disputes.view", "Movements")
def movements(row: Dispute, at: datetime) -> Table:
    """What it did to our balance at the gateway."""
    del at
    return Table(
        title="Movements of our balance",
        columns=columns("Gateway's movement", "When", "#Amount", "#Fee"),
        rows=tuple(
            (
                code(each.transaction_id),
                when(each.moved_at),
                shown(each.amount_minor, row.currency),
                shown(each.fee_minor, each.settled_currency) if each.fee_minor else "–",
            )
            for each in row.movements.order_by("-moved_at", "-pk")[:SHOWN]
        ),
        empty="No money has moved.",
    )


@part("disputes.view", "Taken from")
def shares(row: Dispute, at: datetime) -> Table | None:
    """Who bears what is lost."""
    del at
    if not row.lost_minor:
        return None
    return Table(
        title="Taken from",
        columns=columns("From", "Hold", "For", "#Amount"),
        rows=tuple(
            (
                _POTS[share.pot],
                row_link(share.hold) if share.hold else "–",
                share.hold.payee.called if share.hold else "–",
                shown(share.amount_minor, row.currency),
            )
            for share in row.shares.select_related("hold__payee").order_by("pk")[:SHOWN]
        ),
    )


@part("escrow.view", "Escrow")
def holds(row: Dispute, at: datetime) -> Table:
    """The money of its payment that stands still, or is with whom."""
    del at
    return holds_table(EscrowHold.objects.filter(payment=row.payment_id).select_related("payee").order_by("pk")[:SHOWN])


@part("refunds.view", "Refunds")
def refunds(row: Dispute, at: datetime) -> Table:
    """Refunds of the same payment: none is sent while the dispute is open."""
    del at
    return refunds_table(Refund.objects.filter(payment=row.payment_id).order_by("-pk")[:SHOWN])


@part("calls.view", "Calls to the gateway")
def calls(row: Dispute, at: datetime) -> Table:
    """Each answer of ours."""
    del at
    return calls_table([subject_of(row)])


@part("inbox.view", "What the gateway said")
def events(row: Dispute, at: datetime) -> Table:
    """Events about it."""
    del at
    return events_table(row.gateway_account.code, [row.gateway_dispute_id])
