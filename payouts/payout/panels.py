"""Money on its way to payees, and what of it needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, QuerySet, Sum

from config.admin.money import show_money, shown
from config.admin.panel import Figure, Panel, Tone, WorkItem, WorkList, count_text, numbered
from config.admin.show import list_url, url_of, words
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

SHOWN, CAP = 10, 1_000
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
    items = [
        WorkItem(_who(each), WHY_SECOND.get(each.why_approval, ""), url_of(each), each.frozen_at)
        for each in rows.order_by("pk")[:SHOWN]
    ]
    url = list_url(Payout, status=PayoutStatus.AWAITING_APPROVAL, payee__kind=kind)
    return _list(title, rows, items, url, Tone.WARNING)


def failed_payouts(at: datetime) -> WorkList:
    """Payouts that failed or came back, and whose money no later one took: somebody looks why."""
    del at
    rows = stuck().select_related("payee__user")
    items = [
        WorkItem(_who(each), f"{words(each.failure_code)}; {each.advice or 'look at it'}", url_of(each), each.ended_at)
        for each in rows.order_by("-pk")[:SHOWN]
    ]
    return _list("Payouts that failed", rows, items, list_url(Payout, status=PayoutStatus.FAILED), Tone.BAD)


def paid_late(at: datetime) -> WorkList:
    """Payouts that were paid after we had booked that they failed: the payee may have the money twice."""
    del at
    rows = ended_unseen(PayoutStatus.PAID_LATE).select_related("payee__user")
    items = [
        WorkItem(_who(each), "paid after we booked that it failed", url_of(each), each.paid_at)
        for each in rows.order_by("-pk")[:SHOWN]
    ]
    return _list("Payouts paid after all", rows, items, list_url(Payout, status=PayoutStatus.PAID_LATE), Tone.BAD)


def floats_short(at: datetime) -> WorkList:
    """Floats that do not cover the payouts that are approved: somebody fills them up."""
    del at
    short = [each for each in floats() if each.is_short]
    items = tuple(
        WorkItem(
            f"{shown(each.missing_minor, each.currency)} are missing at {each.rail_account}",
            f"for {numbered(each.waiting, 'payout')}; {shown(each.stands_minor, each.currency)} stand there",
            list_url(FloatMove),
        )
        for each in short[:SHOWN]
    )
    tone = Tone.BAD if short else Tone.GOOD
    return WorkList("Floats below due payouts", count_text(len(short), cap=CAP), items, tone, list_url(FloatMove))


def bank_results_to_confirm(at: datetime) -> WorkList:
    """What somebody says that the bank did, and approved payouts that nobody took out into a file."""
    del at
    rows = BankResult.objects.filter(WAITING).select_related("payout__payee__user")
    items = [
        WorkItem(f"{_who(each.payout)}: {each.kind}", each.reason, url_of(each.payout), each.proposed_at)
        for each in rows.order_by("-pk")[:SHOWN]
    ]
    return _list("What the bank did, to confirm", rows, items, list_url(Payout, status="sending"), Tone.WARNING)


def payouts_to_take_out(at: datetime) -> WorkList:
    """Approved payouts that wait for a file, by bank account and currency."""
    del at
    waiting = Payout.objects.filter(status=PayoutStatus.APPROVED, drawn_on="bank")
    groups = waiting.values_list("rail_account", "currency").annotate(number=Count("pk"), total=Sum("net_minor"))
    items = tuple(
        WorkItem(f"{shown(total, unit)} from {account}", numbered(number, "payout"), list_url(Payout, status=APPROVED))
        for account, unit, number, total in groups.order_by("rail_account", "currency")[:SHOWN]
    )
    number = capped(waiting, cap=CAP)
    tone = Tone.WARNING if number else Tone.GOOD
    return WorkList("Payouts for a bank file", count_text(number, cap=CAP), items, tone, "")


def float_moves_to_confirm(at: datetime) -> WorkList:
    """Movements to floats that somebody proposed, for a second person."""
    del at
    rows = FloatMove.objects.filter(WAITING)
    items = [
        WorkItem(f"{show_money(each.amount)} to {each.rail_account}", each.reference, url_of(each), each.proposed_at)
        for each in rows.order_by("-pk")[:SHOWN]
    ]
    return _list("Floats filled up, to confirm", rows, items, list_url(FloatMove, status="proposed"), Tone.WARNING)


def _of(*states: PayoutStatus) -> QuerySet[Payout]:
    return Payout.objects.filter(status__in=states).select_related("payee__user")


def _who(payout: Payout) -> str:
    return f"{show_money(payout.net)} to {payout.payee.user.name or payout.payee.user.email}"


def _list(title: str, rows: QuerySet[object], items: Sequence[WorkItem], url: str, tone: Tone) -> WorkList:  # type: ignore[type-var]
    number = capped(rows, cap=CAP)  # type: ignore[arg-type]
    return WorkList(title, count_text(number, cap=CAP), tuple(items), tone if number else Tone.GOOD, url)
