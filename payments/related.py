"""Tables of what belongs together, for every page of money: one way of showing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.admin.history import Subject
from config.admin.money import show_money, shown
from config.admin.parts import SHOWN, Table, columns, part
from config.admin.show import badge, code, id_link, row_link, when, words
from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from config.kernel.money import Money
from payments.charges.models import Payment
from payments.disputes.models import Dispute
from payments.escrow.models import EscrowHold
from payments.ledger.models import LedgerEntry, LedgerLine
from payments.refunds.models import Refund


def payments_table(payments: Iterable[Payment]) -> Table:
    """Payments: what each was for, and what became of it."""
    return Table(
        title="Payments",
        columns=columns("Payment", "State", "At", "How", "#Amount", "#Captured", "#Unapplied", "Made"),
        rows=tuple(
            (
                row_link(payment),
                _with_failure(payment),
                payment.gateway_account.code,
                method_of(payment),
                show_money(payment.amount),
                shown(payment.captured_minor, payment.currency),
                shown(payment.unapplied_minor, payment.currency) if payment.unapplied_minor else "–",
                when(payment.created_at),
            )
            for payment in payments
        ),
    )


def _with_failure(row: Payment | Refund) -> SafeString:
    if not row.failure_code or row.status not in ("failed", "declined"):
        return badge(row.status)
    return format_html('{} <span class="hf-reason">{}</span>', badge(row.status), words(row.failure_code))


def method_of(payment: Payment) -> str:
    """How it was paid, with no more of a card than its last four digits."""
    parts = [payment.method, payment.network, f"•••• {payment.last4}" if payment.last4 else ""]
    return " ".join(part for part in parts if part) or "–"


def holds_table(holds: Iterable[EscrowHold]) -> Table:
    """Holds: whose money it will be, and how much of it is still there."""
    return Table(
        title="Escrow",
        columns=columns("Hold", "State", "For", "#Held at first", "#Still held", "#Given back", "Must leave by"),
        rows=tuple(
            (
                row_link(hold),
                badge(hold.status),
                row_link(hold.payee, hold.payee.called),
                shown(hold.amount_minor, hold.currency),
                shown(hold.remaining_minor, hold.currency),
                shown(hold.returned_minor, hold.currency) if hold.returned_minor else "–",
                when(hold.must_leave_by),
            )
            for hold in holds
        ),
        empty="Nothing is held: nothing was captured for it.",
    )


def refunds_table(refunds: Iterable[Refund]) -> Table:
    """Refunds: how much goes back, why, and whether it has arrived."""
    return Table(
        title="Refunds",
        columns=columns("Refund", "State", "Because", "#Amount", "Asked for", "Arrived"),
        rows=tuple(
            (
                row_link(refund),
                _with_failure(refund),
                words(refund.cause),
                show_money(refund.amount),
                when(refund.created_at),
                when(refund.succeeded_at),
            )
            for refund in refunds
        ),
    )


def disputes_table(disputes: Iterable[Dispute]) -> Table:
    """Disputes: how much a bank took or may take, why, and until when it can be answered."""
    return Table(
        title="Disputes",
        columns=columns("Dispute", "State", "Why", "#Amount", "#Lost", "Evidence due", "Opened"),
        rows=tuple(
            (
                row_link(dispute),
                badge(dispute.status),
                words(dispute.reason),
                show_money(dispute.amount),
                shown(dispute.lost_minor, dispute.currency) if dispute.lost_minor else "–",
                when(dispute.evidence_due_at),
                when(dispute.opened_at),
            )
            for dispute in disputes
        ),
        empty="No bank disputes it.",
    )


def entries_table(subject_ids: Sequence[str], *, title: str = "Ledger") -> Table:
    """Every line that was booked for these rows, by entry, the newest entry first."""
    entries = list(LedgerEntry.objects.filter(subject_id__in=subject_ids).order_by("-pk")[:SHOWN])
    found: dict[int, list[LedgerLine]] = {entry.pk: [] for entry in entries}
    for line in LedgerLine.objects.filter(entry__in=entries).order_by("pk")[: SHOWN * 12]:
        found[line.entry_id].append(line)
    rows = tuple(
        (
            row_link(entry, words(entry.event)) if first else "",
            when(entry.posted_at) if first else "",
            words(line.account),
            _of(line),
            *sides(line),
        )
        for entry in entries
        for first, line in ((position == 0, line) for position, line in enumerate(found[entry.pk]))
    )
    named = columns("Entry", "Posted", "Account", "Of", "#Debit", "#Credit")
    return Table(title=title, columns=named, rows=rows, empty="Nothing is booked yet.")


@part("ledger.view", "Ledger")
def booked(row: Any, at: datetime) -> Table:
    """What was booked for a row with a public id of its own."""
    del at
    return entries_table([row.public_id])


def _of(line: LedgerLine) -> SafeString:
    parts = [id_link(key) for key in (line.owner, line.ref) if key]
    return format_html("{} {}", *parts) if len(parts) == 2 else parts[0] if parts else SafeString("")


def sides(line: LedgerLine) -> tuple[str, str]:
    """(debit, credit) of a line; one of them is empty."""
    amount = show_money(Money(abs(line.amount_minor), line.currency))
    return (amount, "") if line.amount_minor > 0 else ("", amount)


def calls_table(subjects: Iterable[Subject]) -> Table:
    """What was asked of the outside for these rows."""
    wanted = list(subjects)
    where = reduce(or_, (Q(subject_type=kind, subject_id=key) for kind, key in wanted), Q(pk__in=()))
    calls = GatewayCall.objects.filter(where).order_by("-pk").defer("answer")[:SHOWN]
    return Table(
        title="Calls to the gateway",
        columns=columns("Call", "Outcome", "About", "Sent", "Error"),
        rows=tuple(
            (
                row_link(call, call.operation),
                badge(call.status),
                id_link(call.subject_id),
                when(call.sent_at),
                code(call.error_code),
            )
            for call in calls
        ),
    )


def events_table(account: str, object_ids: Iterable[str | None]) -> Table:
    """What the gateway told us about these objects of its own."""
    wanted = [key for key in object_ids if key]
    events = WebhookEvent.objects.filter(object_id__in=wanted, account=account).order_by("-pk")
    return Table(
        title="What the gateway said",
        columns=columns("Event", "State", "Result", "Received"),
        rows=tuple(
            (row_link(event, event.type), badge(event.state), event.note or event.last_error_code or "–",
             when(event.received_at))
            for event in events.defer("body", "body_sha256")[:SHOWN]
        ),
    )  # fmt: skip
