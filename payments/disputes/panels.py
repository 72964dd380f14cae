"""Which disputes need a person: those to answer, by deadline, and those whose money did not come back."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, until, url_of, words
from config.ops.counting import capped
from payments.disputes.models import Dispute
from payments.disputes.states import ANSWERABLE, OPEN, DisputeStatus

SHOWN = 10
CAP = 1_000


def disputes_to_answer(at: datetime) -> WorkList:
    """What waits for evidence, the nearest deadline first; what is past its deadline can only be looked at."""
    rows = Dispute.objects.filter(status__in=ANSWERABLE, is_submitted=False).order_by("evidence_due_at", "pk")
    items = [
        WorkItem(
            f"{show_money(dispute.amount)} disputed as {words(dispute.reason or 'unknown')}",
            f"evidence is due {until(dispute.evidence_due_at, at=at)}" if dispute.evidence_due_at else "no deadline",
            url_of(dispute),
            dispute.opened_at,
        )
        for dispute in rows[:SHOWN]
    ]
    url = f"{list_url(Dispute)}?due=any"
    return _list("Disputes to answer", capped(rows, cap=CAP), items, url)


def concessions_to_decide(at: datetime) -> WorkList:
    """What somebody asked to concede, and another person decides; the oldest wish first."""
    del at
    asked = Dispute.objects.filter(concession_asked_at__isnull=False, status__in=OPEN)
    rows = asked.order_by("concession_asked_at", "pk")
    items = [
        WorkItem(
            f"{show_money(dispute.amount)} to concede",
            dispute.concession_reason,
            url_of(dispute),
            dispute.concession_asked_at,
        )
        for dispute in rows[:SHOWN]
    ]
    return _list("Concessions to decide", capped(rows, cap=CAP), items, "")


def won_and_not_back(at: datetime) -> WorkList:
    """Disputes that are over and not lost, and whose money is still away, or came back twice."""
    del at
    rows = Dispute.objects.filter(
        status__in=[DisputeStatus.WON, DisputeStatus.INQUIRY_CLOSED, DisputeStatus.PREVENTED]
    ).exclude(withdrawn_minor=0)
    items = [
        WorkItem(
            f"{show_money(dispute.withdrawn)} is not back",
            f"the dispute is {words(dispute.status)}",
            url_of(dispute),
            dispute.closed_at,
        )
        for dispute in rows.order_by("-pk")[:SHOWN]
    ]
    return _list("Disputes whose money is not back", capped(rows, cap=CAP), items, "")


def _list(title: str, number: int, items: list[WorkItem], url: str) -> WorkList:
    return WorkList(title, count_text(number, cap=CAP), tuple(items), Tone.BAD if number else Tone.GOOD, url)
