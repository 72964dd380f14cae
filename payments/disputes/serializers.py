"""What the doors to disputes take and show."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from config.kernel.money import Money
from orders.fields import Amount, MaskedText
from payments.disputes.models import Dispute, DisputeShare, EvidenceFile
from payments.disputes.services.evidence import LONGEST_TEXT
from payments.disputes.states import DisputeStatus
from payments.gateways.dispute_views import EvidencePaper, EvidenceText

POTS = ["hold", "borne", "loss", "unapplied"]


class DisputeQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=DisputeStatus.values, required=False)
    order = serializers.CharField(max_length=36, required=False)
    needs_answer = serializers.BooleanField(required=False, allow_null=True, default=None)
    due_before = serializers.DateTimeField(required=False, help_text="evidence is due before this instant")


class AnswerInput(serializers.Serializer):
    reason = MaskedText(min_length=3, max_length=500)


class EvidenceInput(serializers.Serializer):
    """Words, by what they are about; what is left out is taken away."""

    texts = serializers.DictField(child=serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True))

    def validate_texts(self, value: dict[str, str]) -> dict[EvidenceText, str]:
        unknown = sorted(set(value) - {name.value for name in EvidenceText})
        if unknown:
            raise serializers.ValidationError(f"unknown: {', '.join(unknown)[:200]}")
        return {EvidenceText(name): said for name, said in value.items()}


class FileInput(serializers.Serializer):
    """A paper and what it is. Its type is told by its content alone."""

    paper = serializers.ChoiceField(choices=[paper.value for paper in EvidencePaper])
    file = serializers.FileField(allow_empty_file=True, max_length=255)


class MovementOutput(serializers.Serializer):
    """Below zero taken from us, above zero given back; `fee` above zero taken."""

    id = serializers.CharField()
    amount = Amount()
    fee = Amount()
    moved_at = serializers.DateTimeField()


class DisputeShareOutput(serializers.Serializer):
    """`hold`: of the seller's part. `borne`: by the platform. `loss`: nothing was left. `unapplied`: nobody's money."""

    pot = serializers.ChoiceField(choices=POTS)
    fulfilment = serializers.CharField(allow_null=True)
    seller = serializers.CharField(allow_null=True)
    amount = Amount()


class EvidenceFileOutput(serializers.Serializer):
    paper = serializers.ChoiceField(choices=[paper.value for paper in EvidencePaper])
    name = serializers.CharField()
    size = serializers.IntegerField()


class ConcessionOutput(serializers.Serializer):
    """Somebody asked to concede it; another person decides."""

    asked_by = serializers.CharField()
    reason = serializers.CharField()
    asked_at = serializers.DateTimeField()


class DisputeOutput(serializers.Serializer):
    id = serializers.CharField()
    order = serializers.CharField(allow_null=True)
    payment = serializers.CharField()
    gateway_dispute_id = serializers.CharField()
    status = serializers.ChoiceField(choices=DisputeStatus.values)
    phase = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    amount = Amount()
    withdrawn = Amount()
    lost = Amount()
    bearer = serializers.ChoiceField(choices=["seller", "platform"])
    is_submitted = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    evidence_due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    concession = ConcessionOutput(allow_null=True)
    evidence = serializers.DictField(child=serializers.CharField())
    files = EvidenceFileOutput(many=True)
    movements = MovementOutput(many=True)
    shares = DisputeShareOutput(many=True)


class AnswerOutput(serializers.Serializer):
    """`unknown`: the gateway's answer was lost, and the machine asks what became of it. `awaits_second`: nothing was
    sent; another person must concede it."""

    outcome = serializers.ChoiceField(
        choices=["succeeded", "pending", "declined", "not_executed", "unknown", "awaits_second"]
    )
    dispute = DisputeOutput()


def dispute_rows() -> QuerySet[Dispute]:
    """Disputes with all that is shown of them: a page costs as many queries as one row."""
    return Dispute.objects.select_related("payment__order", "evidence").prefetch_related(
        "movements",
        Prefetch("files", EvidenceFile.objects.defer("content").order_by("paper")),
        Prefetch("shares", DisputeShare.objects.select_related("hold__fulfilment", "hold__payee").order_by("pk")),
    )


def dispute_json(dispute: Dispute) -> dict[str, Any]:
    """A dispute of `dispute_rows` as the API shows it."""
    order = dispute.payment.order
    return {
        "id": dispute.public_id,
        "order": order.public_id if order else None,
        "payment": dispute.payment.public_id,
        "gateway_dispute_id": dispute.gateway_dispute_id,
        "status": dispute.status,
        "phase": dispute.phase or None,
        "reason": dispute.reason or None,
        "amount": dispute.amount.as_json(),
        "withdrawn": dispute.withdrawn.as_json(),
        "lost": Money(dispute.lost_minor, dispute.currency).as_json(),
        "bearer": dispute.bearer,
        "is_submitted": dispute.is_submitted,
        "opened_at": dispute.opened_at,
        "evidence_due_at": dispute.evidence_due_at,
        "closed_at": dispute.closed_at,
        "concession": {
            "asked_by": dispute.concession_asked_by,
            "reason": dispute.concession_reason,
            "asked_at": dispute.concession_asked_at,
        }
        if dispute.concession_asked_at
        else None,
        "evidence": dispute.evidence.texts if hasattr(dispute, "evidence") else {},
        "files": [file_json(file) for file in dispute.files.all()],
        "movements": [
            {
                "id": each.transaction_id,
                "amount": Money(each.amount_minor, dispute.currency).as_json(),
                "fee": Money(each.fee_minor, each.settled_currency).as_json(),
                "moved_at": each.moved_at,
            }
            for each in sorted(dispute.movements.all(), key=lambda each: (each.moved_at, each.pk))
        ],
        "shares": [
            {
                "pot": share.pot,
                "fulfilment": share.hold.fulfilment.public_id if share.hold else None,
                "seller": share.hold.owner if share.hold else None,
                "amount": Money(share.amount_minor, dispute.currency).as_json(),
            }
            for share in dispute.shares.all()
        ],
    }


def file_json(file: EvidenceFile) -> dict[str, Any]:
    """What is said of a file; its content has a door of its own."""
    return {"paper": file.paper, "name": file.name, "size": file.size}
