"""What disputes have of a person: the evidence that was collected against their objection."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from config.erasure.contract import counted, delete, rewrite
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile


def open_things(*, person: User) -> list[str]:
    """Disputes of theirs that no bank has decided."""
    open_ones = Dispute.objects.filter(payment__order__buyer=person, closed_at__isnull=True)
    return counted(open_ones.count(), "dispute is not decided", "disputes are not decided")


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Words and papers. What was taken and decided stays."""
    del at
    words = DisputeEvidence.objects.filter(dispute__payment__order__buyer=person).exclude(texts={})
    papers = EvidenceFile.objects.filter(dispute__payment__order__buyer=person)
    return rewrite(words, batch, texts={}) + delete(papers, batch)
