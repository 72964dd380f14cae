"""Writes the evidence against a dispute, until it is submitted: words, and papers that are kept encrypted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from config.audit.services import record
from config.calls.services import open_calls
from config.crypto import open_sealed, seal
from config.kernel.errors import Conflict, NotFound, Refused, Unprocessable
from config.kernel.verdict import Verdict
from config.ops.redaction import mask
from config.papers import papers
from orders.order.queries import lock_order
from payments.charges.queries import lock_payment
from payments.disputes import rules
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.disputes.queries import lock_dispute, takes_answers
from payments.gateways.dispute_views import Evidence, EvidencePaper, EvidenceText
from payments.gateways.dispute_views import EvidenceFile as FileView
from payments.gateways.registry import gateway_for

LONGEST_TEXT = 20_000


class DisputeNotAnswerable(Conflict):
    """No evidence is waited for."""

    code = "dispute_not_answerable"


class EvidenceSubmitted(Conflict):
    """Evidence was submitted already; there is one answer in each phase."""

    code = "evidence_submitted"


class EvidenceTooLate(Conflict):
    """The time for evidence is over."""

    code = "evidence_too_late"


class AnswerUnderWay(Conflict):
    """An answer is on its way to the gateway, and nobody knows yet what became of it."""

    code = "answer_under_way"


class AnswerNotOffered(Conflict):
    """This gateway takes no answers through its API; answer in its dashboard."""

    code = "answer_not_offered"


class FileRefused(Unprocessable):
    """This file cannot be evidence."""

    code = "file_refused"


class EvidenceTooLong(Unprocessable):
    """The gateway takes fewer words than these; nothing is cut in silence."""

    code = "evidence_too_long"


_REFUSALS: dict[str, type[Refused]] = {
    error.code: error for error in (DisputeNotAnswerable, EvidenceSubmitted, EvidenceTooLate)
}


def enforce(verdict: Verdict) -> None:
    """Raises what a verdict of rules.may_answer says."""
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)


def lock_answerable(dispute_pk: int, *, at: datetime) -> Dispute:
    """The dispute, locked after its order and payment, if evidence may be given now. Raises DisputeNotAnswerable,
    EvidenceSubmitted, EvidenceTooLate, and as `lock_free`."""
    dispute = lock_free(dispute_pk)
    enforce(
        rules.may_answer(
            status=dispute.status,
            is_submitted=dispute.is_submitted,
            evidence_due_at=dispute.evidence_due_at,
            at=at,
        )
    )
    return dispute


def lock_free(dispute_pk: int) -> Dispute:
    """The dispute, locked after its order and payment, if its gateway can be answered and no answer is on its way.
    Raises AnswerNotOffered, AnswerUnderWay."""
    known = Dispute.objects.select_related("payment").get(pk=dispute_pk)
    lock_order(known.payment.ref)
    lock_payment(known.payment_id)
    dispute = lock_dispute(dispute_pk)
    if not takes_answers(dispute.gateway_account.code):
        raise AnswerNotOffered
    if open_calls(dispute):
        raise AnswerUnderWay
    return dispute


def write_evidence(
    *, dispute_pk: int, texts: Mapping[EvidenceText, str], actor: str, at: datetime, reason: str = ""
) -> bool:
    """Keeps these words instead of those that were there; card numbers in them are masked. Nothing goes to the gateway.

    False when they are the same. Raises EvidenceTooLong for more than its gateway would hand in, and as
    `lock_answerable`.
    """
    kept = {name.value: mask(said.strip())[:LONGEST_TEXT] for name, said in texts.items() if said.strip()}
    with transaction.atomic():
        dispute = lock_answerable(dispute_pk, at=at)
        check_words(dispute, {EvidenceText(name): said for name, said in kept.items()})
        written = DisputeEvidence.objects.filter(dispute=dispute).first()
        if written is not None and written.texts == kept:
            return False
        DisputeEvidence.objects.update_or_create(
            dispute=dispute, defaults={"texts": kept, "written_by": actor, "written_at": at}
        )
        record(
            dispute,
            act="evidence written",
            actor=actor,
            at=at,
            reason=reason,
            facts={"about": _said(*sorted(kept))},
        )
    return True


def check_words(dispute: Dispute, texts: Mapping[EvidenceText, str]) -> None:
    """Raises EvidenceTooLong where the bank would not get all of these words."""
    failure = gateway_for(dispute.gateway_account.code).why_not_say(texts)
    if failure is not None:
        raise EvidenceTooLong(failure.detail)


def add_file(
    *, dispute_pk: int, paper: EvidencePaper, name: str, content: bytes, actor: str, at: datetime, reason: str = ""
) -> EvidenceFile:
    """Keeps a paper, encrypted, instead of the one of its kind that was there. Raises FileRefused, and as
    `lock_answerable`."""
    _check(papers.may_keep(content))
    known = papers.paper(name, content)
    with transaction.atomic():
        dispute = lock_answerable(dispute_pk, at=at)
        others = EvidenceFile.objects.filter(dispute=dispute).exclude(paper=paper)
        _check(papers.may_add(size=len(known.content), others=int(others.aggregate(total=Sum("size"))["total"] or 0)))
        file, _ = EvidenceFile.objects.update_or_create(
            dispute=dispute,
            paper=paper.value,
            defaults={
                "name": known.name,
                "content_type": known.content_type,
                "size": len(known.content),
                "sha256": hashlib.sha256(known.content).hexdigest(),
                "content": seal(known.content),
                "uploaded_by": actor,
                "uploaded_at": at,
            },
        )
        facts = {"paper": _said(paper), "name": file.name, "bytes": file.size}
        record(dispute, act="file added", actor=actor, at=at, reason=reason, facts=facts)
    return file


def remove_file(*, dispute_pk: int, paper: EvidencePaper, actor: str, at: datetime, reason: str = "") -> bool:
    """Takes a paper out again. Raises NotFound, and as `lock_answerable`."""
    with transaction.atomic():
        dispute = lock_answerable(dispute_pk, at=at)
        removed, _ = EvidenceFile.objects.filter(dispute=dispute, paper=paper.value).delete()
        if not removed:
            raise NotFound("there is no such paper")
        record(
            dispute,
            act="file removed",
            actor=actor,
            at=at,
            reason=reason,
            facts={"paper": _said(paper)},
        )
    return True


def _said(*names: str) -> str:
    return ", ".join(names).replace("_", " ")


def _check(verdict: Verdict) -> None:
    if not verdict:
        raise FileRefused(verdict.detail, reason=verdict.code)


def evidence_of(dispute: Dispute) -> Evidence:
    """All that is written and kept, for the gateway; always the same for the same rows."""
    written = DisputeEvidence.objects.filter(dispute=dispute).first()
    texts = written.texts if written else {}
    files = EvidenceFile.objects.filter(dispute=dispute).order_by("paper")
    return Evidence(
        texts={EvidenceText(name): texts[name] for name in sorted(texts)},
        files=tuple(
            FileView(
                paper=EvidencePaper(file.paper),
                name=file.name,
                content_type=file.content_type,
                content=open_sealed(file.content),
            )
            for file in files
        ),
    )


def has_evidence(dispute: Dispute) -> bool:
    """Whether somebody has begun to say something against it."""
    written = DisputeEvidence.objects.filter(dispute=dispute).first()
    return bool(written and written.texts) or EvidenceFile.objects.filter(dispute=dispute).exists()
