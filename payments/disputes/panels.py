"""Which disputes need a person: those to answer, by deadline, and those whose money did not come back."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import WorkItem, WorkList
from config.admin.show import list_url, until, url_of, words
from config.admin.worklist import work_list
from payments.disputes.models import Dispute
from payments.disputes.states import ANSWERABLE, OPEN, DisputeStatus


def disputes_to_answer(at: datetime) -> WorkList:
    """What waits for evidence, the nearest deadline first; what is past its deadline can only be looked at."""
    rows = Dispute.objects.filter(status__in=ANSWERABLE, is_submitted=False).order_by("evidence_due_at", "pk")
    return work_list(
        "Disputes to answer",
        rows,
        lambda dispute: WorkItem(
            f"{show_money(dispute.amount)} disputed as {words(dispute.reason or 'unknown')}",
            f"evidence is due {until(dispute.evidence_due_at, at=at)}" if dispute.evidence_due_at else "no deadline",
            url_of(dispute),
            dispute.opened_at,
        ),
        url=f"{list_url(Dispute)}?due=any",
    )


def concessions_to_decide(at: datetime) -> WorkList:
    """What somebody asked to concede, and another person decides; the oldest wish first."""
    del at
    asked = Dispute.objects.filter(concession_asked_at__isnull=False, status__in=OPEN)
    rows = asked.order_by("concession_asked_at", "pk")
    return work_list(
        "Concessions to decide",
        rows,
        lambda dispute: WorkItem(
            f"{show_money(dispute.amount)} to concede",
            dispute.concession_reason,
            url_of(dispute),
            dispute.concession_asked_at,
        ),
    )


def won_and_not_back(at: datetime) -> WorkList:
    """Disputes that are over and not lost, and whose money is still away, or came back twice."""
    del at
    rows = Dispute.objects.filter(
        status__in=[DisputeStatus.WON, DisputeStatus.INQUIRY_CLOSED, DisputeStatus.PREVENTED]
    ).exclude(withdrawn_minor=0)
    return work_list(
        "Disputes whose money is not back",
        rows.order_by("-pk"),
        lambda dispute: WorkItem(
            f"{show_money(dispute.withdrawn)} is not back",
            f"the dispute is {words(dispute.status)}",
            url_of(dispute),
            dispute.closed_at,
        ),
    )
