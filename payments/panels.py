"""Where the money is, and what of it needs a person. Everything is read from sums and partial indexes, not history."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from config.admin.money import show_money, shown
from config.admin.panel import Figure, Panel, Tone, WorkItem, WorkList
from config.admin.show import list_url, until, url_of, words
from config.admin.worklist import counted, work_list
from config.ops.models import StoredGauge
from config.proposals.models import WAITING
from payments.charges.models import Payment
from payments.disputes.models import Dispute
from payments.disputes.states import DisputeStatus
from payments.escrow.models import EscrowHold
from payments.escrow.queries import holds_that_must_leave as must_leave
from payments.ledger.models import PayeeBalance
from payments.refunds.models import Refund, RefundProposal, RefundShare
from payments.refunds.states import OWED, RefundStatus

FRESH_S = 15
TRUTHS = "holdfast_ledger_truth_broken"
# A check that did not run for so long must not pass for one that found nothing.
STALE = timedelta(hours=6)
_CACHE_KEY = "payments:money_by_state"
Sums = dict[str, dict[str, int]]


def money_by_state(at: datetime) -> Panel:
    """What is held, owed to sellers, on its way back, away by disputes that may still be won, and nobody's, per
    currency; at most 15 seconds old."""
    del at
    sums: Sums | None = cache.get(_CACHE_KEY)
    if sums is None:
        sums = _sums()
        cache.set(_CACHE_KEY, sums, timeout=FRESH_S)
    urls = {
        "In escrow": list_url(EscrowHold, status="held"),
        "In escrow, frozen": list_url(EscrowHold, status="frozen"),
        "Owed to payees": list_url(PayeeBalance),
        "Payees owe us": f"{list_url(PayeeBalance)}?owes=any",
        "Refunds on their way": list_url(Refund),
        "Away by disputes": list_url(Dispute),
        "Unapplied": list_url(Payment, status="captured"),
    }
    figures = [
        Figure(label, shown(amount, unit), _TONES.get(label, Tone.NEUTRAL), urls.get(label, ""))
        for label, amounts in sums.items()
        for unit, amount in sorted(amounts.items())
        if amount
    ]
    return Panel(title="Where the money is", figures=tuple(figures) or (Figure("In escrow", "nothing"),))


_TONES = {
    "In escrow, frozen": Tone.BAD,
    "Refunds on their way": Tone.WARNING,
    "Away by disputes": Tone.BAD,
    "Unapplied": Tone.BAD,
    "Payees owe us": Tone.WARNING,
}


def _sums() -> Sums:
    sums: Sums = {}
    held = EscrowHold.objects.filter(status__in=["held", "frozen"]).values_list("status", "currency")
    for status, unit, amount in held.annotate(total=Sum("remaining_minor")).order_by("status", "currency"):
        label = "In escrow" if status == "held" else "In escrow, frozen"
        sums.setdefault(label, defaultdict(int))[unit] += amount
    balances = PayeeBalance.objects.filter(Q(payable_minor__gt=0) | Q(reserve_minor__gt=0) | Q(receivable_minor__gt=0))
    owed = balances.values_list("currency").annotate(
        payable=Sum(F("payable_minor") + F("reserve_minor")), receivable=Sum("receivable_minor")
    )
    for unit, payable, receivable in owed.order_by("currency"):
        sums.setdefault("Owed to payees", defaultdict(int))[unit] += payable
        sums.setdefault("Payees owe us", defaultdict(int))[unit] += receivable
    back = Refund.objects.filter(status__in=OWED).values_list("currency").annotate(total=Sum("amount_minor"))
    for unit, amount in back.order_by("currency"):
        sums.setdefault("Refunds on their way", defaultdict(int))[unit] += amount
    away = Dispute.objects.exclude(withdrawn_minor=0).exclude(status=DisputeStatus.LOST).values_list("currency")
    for unit, amount in away.annotate(total=Sum("withdrawn_minor")).order_by("currency"):
        sums.setdefault("Away by disputes", defaultdict(int))[unit] += amount
    for unit, amount in _unapplied().values_list("currency").annotate(total=Sum("nobodys")).order_by("currency"):
        sums.setdefault("Unapplied", defaultdict(int))[unit] += amount
    return {label: dict(amounts) for label, amounts in sums.items()}


def _unapplied() -> QuerySet[Payment]:
    """Payments with money that belongs to nobody (`nobodys`, minor units) and that no refund takes: what the machine
    missed. Read from the partial index of payments that captured more than they applied, which are few."""
    taken = (
        RefundShare.objects.filter(refund__payment=OuterRef("pk"), pot="unapplied")
        .exclude(refund__status__in=[RefundStatus.VOIDED, RefundStatus.REJECTED, RefundStatus.CANCELLED])
        .order_by()
        .values("refund__payment")
        .annotate(total=Sum("amount_minor"))
        .values("total")
    )
    rows = Payment.objects.filter(captured_minor__gt=F("applied_minor"))
    left = F("captured_minor") - F("applied_minor") - Coalesce(Subquery(taken), 0, output_field=BigIntegerField())
    return rows.annotate(nobodys=left).filter(nobodys__gt=0)


def refunds_to_approve(at: datetime) -> WorkList:
    """Refunds that somebody asked for and nobody has decided; the money of each stands still."""
    del at
    rows = Refund.objects.filter(status=RefundStatus.REQUESTED).order_by("-pk")
    return work_list(
        "Refunds to approve",
        rows,
        lambda refund: WorkItem(
            f"{show_money(refund.amount)} to a buyer", refund.reason, url_of(refund), refund.created_at
        ),
        url=list_url(Refund, status=RefundStatus.REQUESTED),
        tone=Tone.WARNING,
    )


def proposals_to_confirm(at: datetime) -> WorkList:
    """Failed refunds that somebody proposed to end without the gateway, for a second person."""
    del at
    rows = RefundProposal.objects.filter(WAITING).select_related("refund").order_by("-pk")
    return work_list(
        "Ends of refunds to confirm",
        rows,
        lambda proposal: WorkItem(
            f"{show_money(proposal.refund.amount)}: {words(proposal.kind)}",
            proposal.reason,
            url_of(proposal.refund),
            proposal.proposed_at,
        ),
        url=list_url(Refund, status=RefundStatus.FAILED),
        tone=Tone.WARNING,
    )


def failed_refunds(at: datetime) -> WorkList:
    """Refunds that the gateway could not give: still owed, and a person decides how the buyer gets the money."""
    del at
    rows = Refund.objects.filter(status=RefundStatus.FAILED).order_by("-pk")
    return work_list(
        "Refunds that failed",
        rows,
        lambda refund: WorkItem(
            f"{show_money(refund.amount)} to a buyer",
            words(refund.failure_code or "failed"),
            url_of(refund),
            refund.approved_at or refund.created_at,
        ),
        url=list_url(Refund, status=RefundStatus.FAILED),
    )


def unapplied_money(at: datetime) -> WorkList:
    """Captured money that no debt may take and no refund gives back."""
    del at
    rows = _unapplied().order_by("-pk")
    return work_list(
        "Money that is nobody's",
        rows,
        lambda payment: WorkItem(
            f"{shown(payment.nobodys, payment.currency)} is nobody's",
            f"of {payment.ref}",
            url_of(payment),
            payment.captured_at,
        ),
    )


def holds_that_must_leave(at: datetime) -> WorkList:
    """Held money that its gateway lets wait no longer than a few days more."""
    rows = must_leave(before=at + timedelta(days=settings.POLICY.must_leave_alarm_days))
    rows = rows.select_related("payee").order_by("must_leave_by")
    return work_list(
        "Holds that must leave",
        rows,
        lambda hold: WorkItem(
            f"{shown(hold.remaining_minor, hold.currency)} for {hold.payee.called}",
            f"{words(hold.status)}; must leave {until(hold.must_leave_by, at=at)}",
            url_of(hold),
            hold.opened_at,
        ),
        url=list_url(EscrowHold, status="held"),
    )


def broken_truths(at: datetime) -> WorkList:
    """What the last proof of the books found, and whether it ran at all lately."""
    gauges = list(StoredGauge.objects.filter(name=TRUTHS).order_by("label")[:100])
    broken = [gauge for gauge in gauges if gauge.value]
    items = [WorkItem(gauge.label, "the books do not say so", "", gauge.measured_at) for gauge in broken]
    stale = [gauge for gauge in gauges if at - gauge.measured_at > STALE]
    if stale and not broken:
        oldest = min(gauge.measured_at for gauge in stale)
        items.append(WorkItem("The books were not proved lately", "beat or its worker stands still", "", oldest))
    if not gauges:
        items.append(WorkItem("The books were never proved", "nobody ran check_books, and no beat did", "", None))
    return counted("The books", len(items), items)
