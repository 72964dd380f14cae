"""Money on its way to payees, and what of it needs a person."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet, Sum

from config.admin import worklist
from config.admin.money import show_money, shown
from config.admin.panel import Figure, Panel, Tone, WorkItem, WorkList, numbered
from config.admin.show import list_url, url_of, words
from config.admin.worklist import counted, work_list
from config.ops.counting import capped
from config.proposals.models import WAITING
from payouts.bankfile.models import BankResult
from payouts.payees.models import PayeeKind
from payouts.payout.floats import floats
from payouts.payout.models import Payout
from payouts.payout.queries import ended_unseen, stuck
from payouts.payout.rules import WHY_SECOND
from payouts.payout.states import FROZEN, UNSENT, PayoutStatus
from payouts.treasury.models import FloatMove

APPROVED = PayoutStatus.APPROVED.value


def in_transit(at: datetime) -> Panel:
    """What is frozen for payees, by how far it is, and what payouts can be drawn on."""
    del at
    sums = Payout.objects.filter(status__in=FROZEN).values_list("currency", "status").annotate(total=Sum("net_minor"))
    groups: dict[tuple[str, str], int] = {}
    for unit, status, total in sums:
        label = "Not sent" if status in UNSENT else "Sent, not paid"
        groups[label, unit] = groups.get((label, unit), 0) + total
    figures = [Figure(label, shown(total, unit), Tone.WARNING) for (label, unit), total in sorted(groups.items())]
    for each in floats():
        tone = Tone.BAD if each.is_short else Tone.NEUTRAL
        figures.append(Figure(f"Float of {each.rail_account}", shown(each.stands_minor, each.currency), tone))
    return Panel("Money on its way to payees", tuple(figures) or (Figure("In transit", "nothing"),))


def seller_payouts_to_approve(at: datetime) -> WorkList:
    """Payouts to sellers that wait for a second person."""
    return _to_approve(PayeeKind.SELLER, "Seller payouts to approve", at)


def scout_payouts_to_approve(at: datetime) -> WorkList:
    """Payouts to scouts that wait for a second person."""
    return _to_approve(PayeeKind.SCOUT, "Scout payouts to approve", at)


def _to_approve(kind: PayeeKind, title: str, at: datetime) -> WorkList:
    del at
    rows = _of(PayoutStatus.AWAITING_APPROVAL).filter(payee__kind=kind)
    return work_list(
        title,
        rows.order_by("pk"),
        lambda each: WorkItem(_who(each), WHY_SECOND.get(each.why_approval, ""), url_of(each), each.frozen_at),
        url=list_url(Payout, status=PayoutStatus.AWAITING_APPROVAL, payee__kind=kind),
        tone=Tone.WARNING,
    )


def failed_payouts(at: datetime) -> WorkList:
    """Payouts that failed or came back, and whose money no later one took: somebody looks why."""
    del at
    rows = stuck().select_related("payee__user")
    return work_list(
        "Payouts that failed",
        rows.order_by("-pk"),
        lambda each: WorkItem(
            _who(each), f"{words(each.failure_code)}; {each.advice or 'look at it'}", url_of(each), each.ended_at
        ),
        url=list_url(Payout, status=PayoutStatus.FAILED),
    )


def paid_late(at: datetime) -> WorkList:
    """Payouts that were paid after we had booked that they failed: the payee may have the money twice."""
    del at
    rows = ended_unseen(PayoutStatus.PAID_LATE).select_related("payee__user")
    return work_list(
        "Payouts paid after all",
        rows.order_by("-pk"),
        lambda each: WorkItem(_who(each), "paid after we booked that it failed", url_of(each), each.paid_at),
        url=list_url(Payout, status=PayoutStatus.PAID_LATE),
    )


def floats_short(at: datetime) -> WorkList:
    """Floats that do not cover the payouts that are approved: somebody fills them up."""
    del at
    short = [each for each in floats() if each.is_short]
    items = (
        WorkItem(
            f"{shown(each.missing_minor, each.currency)} are missing at {each.rail_account}",
            f"for {numbered(each.waiting, 'payout')}; {shown(each.stands_minor, each.currency)} stand there",
            list_url(FloatMove),
        )
        for each in short[: worklist.SHOWN]
    )
    return counted("Floats below due payouts", len(short), items, url=list_url(FloatMove))


def bank_results_to_confirm(at: datetime) -> WorkList:
    """What somebody says that the bank did, and approved payouts that nobody took out into a file."""
    del at
    rows = BankResult.objects.filter(WAITING).select_related("payout__payee__user")
    return work_list(
        "What the bank did, to confirm",
        rows.order_by("-pk"),
        lambda each: WorkItem(f"{_who(each.payout)}: {each.kind}", each.reason, url_of(each.payout), each.proposed_at),
        url=list_url(Payout, status="sending"),
        tone=Tone.WARNING,
    )


def payouts_to_take_out(at: datetime) -> WorkList:
    """Approved payouts that wait for a file, by bank account and currency."""
    del at
    waiting = Payout.objects.filter(status=PayoutStatus.APPROVED, drawn_on="bank")
    groups = waiting.values_list("rail_account", "currency").annotate(number=Count("pk"), total=Sum("net_minor"))
    items = (
        WorkItem(f"{shown(total, unit)} from {account}", numbered(number, "payout"), list_url(Payout, status=APPROVED))
        for account, unit, number, total in groups.order_by("rail_account", "currency")[: worklist.SHOWN]
    )
    return counted("Payouts for a bank file", capped(waiting, cap=worklist.CAP), items, tone=Tone.WARNING)


def float_moves_to_confirm(at: datetime) -> WorkList:
    """Movements to floats that somebody proposed, for a second person."""
    del at
    rows = FloatMove.objects.filter(WAITING)
    return work_list(
        "Floats filled up, to confirm",
        rows.order_by("-pk"),
        lambda each: WorkItem(
            f"{show_money(each.amount)} to {each.rail_account}", each.reference, url_of(each), each.proposed_at
        ),
        url=list_url(FloatMove, status="proposed"),
        tone=Tone.WARNING,
    )


def _of(*states: PayoutStatus) -> QuerySet[Payout]:
    return Payout.objects.filter(status__in=states).select_related("payee__user")


def _who(payout: Payout) -> str:
    return f"{show_money(payout.net)} to {payout.payee.user.called}"
