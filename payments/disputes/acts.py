"""What operators keep for the answer to a dispute: words and files, as a draft."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from config.admin.acts import Act, Asked, Effect
from config.admin.show import until, words
from config.papers import papers
from payments.disputes import rules
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.disputes.queries import takes_answers
from payments.disputes.services.evidence import LONGEST_TEXT, add_file, remove_file, write_evidence
from payments.disputes.states import ANSWERABLE
from payments.gateways.dispute_views import EvidencePaper, EvidenceText

LABELS = {
    EvidenceText.EXPLANATION: ("Explanation", 8),
    EvidenceText.PRODUCT_DESCRIPTION: ("What was bought", 3),
    EvidenceText.CUSTOMER_NAME: ("Customer's name", 1),
    EvidenceText.CUSTOMER_EMAIL: ("Customer's e-mail", 1),
    EvidenceText.CUSTOMER_IP: ("Customer's address on the net", 1),
    EvidenceText.SERVICE_DATE: ("Day of the service or delivery", 1),
    EvidenceText.SHIPPING_DATE: ("Day of dispatch", 1),
    EvidenceText.SHIPPING_CARRIER: ("Carrier", 1),
    EvidenceText.SHIPPING_TRACKING: ("Tracking number", 1),
    EvidenceText.ACCESS_LOG: ("What the customer used, and when", 4),
    EvidenceText.REFUND_REFUSAL: ("Why it was not refunded", 3),
    EvidenceText.CANCELLATION_REBUTTAL: ("Why it was not cancelled", 3),
}


def paper_label(paper: str) -> str:
    """A kind of paper as a person says it."""
    return words(paper).capitalize()


# Where a gateway has one place for words, the explanation goes first, and more than fits is refused.
HINTS = {
    EvidenceText.EXPLANATION: "Begin with what decides it. Razorpay takes no more than 1,000 characters of all fields.",
    EvidenceText.CUSTOMER_IP: "From which the order was placed, such as 203.0.113.7.",
}


class WordsForm(forms.Form):
    """One field for each thing that a bank asks for; all may be left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, rows) in LABELS.items():
            widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
            self.fields[name.value] = forms.CharField(
                label=label, required=False, max_length=LONGEST_TEXT, widget=widget, help_text=HINTS.get(name, "")
            )


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, read; its name in a log or a digest is its hash."""

    name: str
    content: bytes

    def __str__(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class FileForm(forms.Form):
    """One paper: what it is, and the file."""

    paper = forms.ChoiceField(
        label="What it is", choices=[(paper.value, paper_label(paper.value)) for paper in EvidencePaper]
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="A PDF, a JPEG or a PNG of at most 4 MB; all files together 4.5 MB. It is kept encrypted.",
    )

    def clean_file(self) -> Upload:
        given = self.cleaned_data["file"]
        if given.size > papers.LARGEST:
            raise ValidationError(papers.may_keep(b" " * (papers.LARGEST + 1)).detail)
        content = given.read()
        verdict = papers.may_keep(content)
        if not verdict:
            raise ValidationError(verdict.detail)
        return Upload(name=str(given.name), content=content)


class RemoveForm(forms.Form):
    """Which of the papers that there are."""

    paper = forms.ChoiceField(label="Which")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paper"].choices = list(self.initial.get("papers") or ())  # type: ignore[attr-defined]


def is_answerable(dispute: Dispute) -> bool:
    """Whether its gateway waits for an answer, and takes it from here."""
    waits = dispute.status in ANSWERABLE and not dispute.is_submitted
    return waits and takes_answers(dispute.gateway_account.code)


def seen(dispute: Dispute) -> str:
    """What the operator decided upon: its status, and what is written and kept."""
    written = DisputeEvidence.objects.filter(dispute=dispute).values_list("written_at", flat=True).first()
    files = EvidenceFile.objects.filter(dispute=dispute).order_by("paper").values_list("sha256", flat=True)
    said = hashlib.sha256(f"{written} {','.join(files)}".encode()).hexdigest()[:16]
    return f"{dispute.status} {dispute.is_submitted} {dispute.concession_asked_by} {said}"


def deadline_notes(dispute: Dispute, at: datetime) -> tuple[str, ...]:
    """Until when evidence is taken."""
    if dispute.evidence_due_at is None:
        return ()
    return (f"Evidence is taken until {dispute.evidence_due_at:%Y-%m-%d %H:%M} UTC: {_left(dispute, at)}.",)


def _left(dispute: Dispute, at: datetime) -> str:
    return str(until(dispute.evidence_due_at, at=at))


def draft_effect(dispute: Dispute, user: Any, at: datetime) -> Effect:
    """A draft moves nothing; it says until when there is time."""
    del user
    verdict = rules.may_answer(
        status=dispute.status, is_submitted=dispute.is_submitted, evidence_due_at=dispute.evidence_due_at, at=at
    )
    return Effect(
        summary="It is kept here as a draft. Nothing goes to the gateway before it is submitted.",
        notes=deadline_notes(dispute, at),
        refusal=verdict,
    )


def _first_words(dispute: Dispute) -> Mapping[str, Any]:
    """What is written; where nothing is, what we know of the order by ourselves."""
    written = DisputeEvidence.objects.filter(dispute=dispute).first()
    order = dispute.payment.order
    if written is not None or order is None:
        return dict(written.texts) if written else {}
    lines = order.lines.order_by("position")[:20]
    delivered = order.fulfilments.filter(delivered_at__isnull=False).order_by("-delivered_at").first()
    return {
        EvidenceText.PRODUCT_DESCRIPTION.value: "\n".join(f"{line.quantity} × {line.name}" for line in lines),
        EvidenceText.CUSTOMER_EMAIL.value: order.email,
        EvidenceText.CUSTOMER_NAME.value: order.buyer.name if order.buyer else "",
        EvidenceText.SERVICE_DATE.value: f"{delivered.delivered_at:%Y-%m-%d}" if delivered else "",
    }


def _texts(given: Mapping[str, Any]) -> dict[EvidenceText, str]:
    return {name: given[name.value] for name in EvidenceText}


WRITE = Act(
    name="write",
    title="Write the evidence…",
    confirm="Keep the draft",
    code="disputes.answer",
    effect=draft_effect,
    do=lambda row, asked: write_evidence(dispute_pk=row.pk, texts=_texts(asked.given), **asked.said),
    done="It is written. Submit it when it is complete.",
    fits=is_answerable,
    seen=seen,
    form=WordsForm,
    initial=_first_words,
)


def _add(row: Dispute, asked: Asked) -> str:
    upload: Upload = asked.given["file"]
    file = add_file(
        dispute_pk=row.pk, paper=EvidencePaper(asked.given["paper"]), name=upload.name, content=upload.content,
        **asked.said,
    )  # fmt: skip
    return f"{file.name} is kept as {words(file.paper)}."


ADD_FILE = Act(
    name="add-file",
    title="Add a file…",
    confirm="Keep it",
    code="disputes.answer",
    effect=draft_effect,
    do=_add,
    done="It is kept.",
    fits=is_answerable,
    seen=seen,
    form=FileForm,
    reason_hint="What it shows. Kept in the audit trail with your name.",
)
REMOVE_FILE = Act(
    name="remove-file",
    title="Remove a file…",
    confirm="Remove it",
    code="disputes.answer",
    effect=lambda row, user, at: replace(
        draft_effect(row, user, at), summary="It is deleted here. Nobody was sent it."
    ),
    do=lambda row, asked: remove_file(
        dispute_pk=row.pk,
        paper=EvidencePaper(asked.given["paper"]),
        **asked.said,
    ),
    done="It is removed.",
    fits=lambda row: is_answerable(row) and EvidenceFile.objects.filter(dispute=row).exists(),
    seen=seen,
    form=RemoveForm,
    initial=lambda row: {
        "papers": [(file.paper, f"{paper_label(file.paper)}: {file.name}") for file in row.files.order_by("paper")]
    },
)
