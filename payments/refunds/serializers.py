"""What the doors to refunds take and show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from config.kernel.money import Money
from orders.fields import Amount, MaskedText, WholeNumber
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.states import RefundStatus

POTS = ["escrow", "released", "unapplied", "goodwill", "loss"]


class RefundInput(serializers.Serializer):
    amount_minor = WholeNumber(min_value=1, required=False, help_text="all that is left where it is left out")
    currency = serializers.CharField(
        max_length=3, required=False, help_text="the order's; any other one is refused (`wrong_currency`)"
    )
    reason = MaskedText(min_length=3, max_length=500)
    fulfilment = serializers.CharField(max_length=36, required=False, help_text="of this seller's part alone")
    bearer = serializers.ChoiceField(
        choices=["platform"], required=False, help_text="the platform bears it, whatever the refund policy says"
    )

    def to_internal_value(self, data: Any) -> Any:
        """Without an amount all that is left goes back: one under another name must not be read as none."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown and "amount_minor" not in data:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such field."), code="unknown")
        return super().to_internal_value(data)


class DecisionInput(serializers.Serializer):
    reason = MaskedText(min_length=3, max_length=500)


class EndInput(DecisionInput):
    """A decision about the end that was looked at, and about no later one."""

    proposal = serializers.CharField(max_length=36, source="proposal_id", help_text="its id, as the refund showed it")


class PaidOtherwiseInput(DecisionInput):
    """Which of our bank accounts gave the money, and how the bank finds the payment."""

    bank_account = serializers.CharField(max_length=40)
    reference = MaskedText(max_length=80, help_text="the bank's, for example the UTR")


class RefundQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=RefundStatus.values, required=False)
    order = serializers.CharField(max_length=36, required=False)


class ShareOutput(serializers.Serializer):
    """`escrow`: of money that is held. `released`: the seller gives it back, and we our fees. `goodwill`: we give it.
    `unapplied`: nobody may keep it. `loss`: the gateway gave more than was left."""

    pot = serializers.ChoiceField(choices=POTS)
    fulfilment = serializers.CharField(allow_null=True)
    seller = serializers.CharField(allow_null=True)
    amount = Amount()


class ProposalOutput(serializers.Serializer):
    """How somebody proposes to end a refund that failed. Nothing is booked before another person confirms it."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=RefundProposal.Kind.values)
    bank_account = serializers.CharField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    proposed_by = serializers.CharField()
    proposed_at = serializers.DateTimeField()


class RefundOutput(serializers.Serializer):
    id = serializers.CharField()
    order = serializers.CharField(allow_null=True)
    payment = serializers.CharField()
    status = serializers.ChoiceField(choices=RefundStatus.values)
    amount = Amount()
    cause = serializers.CharField()
    reason = serializers.CharField()
    review_code = serializers.CharField(allow_null=True, help_text="why a second person must approve it")
    requested_by = serializers.CharField()
    approved_by = serializers.CharField(allow_null=True)
    failure_code = serializers.CharField(allow_null=True)
    reference = serializers.CharField(allow_null=True, help_text="ARN or RRN, for the buyer's bank")
    created_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    succeeded_at = serializers.DateTimeField(allow_null=True)
    shares = ShareOutput(many=True)
    proposal = ProposalOutput(allow_null=True, help_text="how it should end, while nobody has decided it")
    together_with = serializers.ListField(
        child=serializers.CharField(), help_text="further refunds of the same request, of the order's other payments"
    )


def refund_json(refund: Refund) -> dict[str, Any]:
    """A refund as the API shows it."""
    together: set[str] = set()
    if refund.request_id:
        others = Refund.objects.filter(payment__order=refund.payment.order, request_id=refund.request_id)
        together = set(others.values_list("public_id", flat=True)) - {refund.public_id}
    return {
        "id": refund.public_id,
        "order": refund.payment.order.public_id if refund.payment.order else None,
        "payment": refund.payment.public_id,
        "status": refund.status,
        "amount": refund.amount.as_json(),
        "cause": refund.cause,
        "reason": refund.reason,
        "review_code": refund.review_code or None,
        "requested_by": refund.requested_by,
        "approved_by": refund.approved_by or None,
        "failure_code": refund.failure_code or None,
        "reference": refund.reference or None,
        "created_at": refund.created_at,
        "approved_at": refund.approved_at,
        "succeeded_at": refund.succeeded_at,
        "shares": [
            {
                "pot": share.pot,
                "fulfilment": share.hold.fulfilment.public_id if share.hold else None,
                "seller": share.hold.owner if share.hold else None,
                "amount": Money(share.amount_minor, refund.currency).as_json(),
            }
            for share in refund.shares.all()
        ],
        "proposal": proposal_json(refund),
        "together_with": sorted(together),
    }


def proposal_json(refund: Refund) -> dict[str, Any] | None:
    """What is proposed for this refund and nobody has decided."""
    for proposal in refund.proposals.all():
        if proposal.waits:
            return {
                "id": proposal.public_id,
                "kind": proposal.kind,
                "bank_account": proposal.bank_account or None,
                "reference": proposal.reference or None,
                "reason": proposal.reason,
                "proposed_by": proposal.proposed_by,
                "proposed_at": proposal.proposed_at,
            }
    return None


def refund_rows() -> QuerySet[Refund]:
    """Refunds with all that is shown of them."""
    return Refund.objects.select_related("payment__order").prefetch_related("shares__hold__fulfilment", "proposals")
