"""What the doors to payouts take and show."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from config.kernel.money import EXPONENTS, Money
from orders.fields import Amount, MaskedText
from payouts.payout.models import Payout
from payouts.payout.reasons import in_words
from payouts.payout.states import PayoutStatus


class RequestInput(serializers.Serializer):
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    payee = serializers.CharField(
        max_length=36, required=False, help_text="pye_…; may be left out by who is one payee alone"
    )
    reason = MaskedText(min_length=3, max_length=300, default="asked for by the payee")


class PayoutQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=PayoutStatus.values, required=False)
    payee = serializers.CharField(max_length=36, required=False)
    batch = serializers.CharField(max_length=36, required=False)


class FailureOutput(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="in words for the payee")


class PayoutOutput(serializers.Serializer):
    id = serializers.CharField()
    payee = serializers.CharField()
    kind = serializers.CharField(help_text="of the payee: seller or scout")
    status = serializers.ChoiceField(choices=PayoutStatus.values)
    gross = Amount()
    fee = Amount(help_text="which the payee bears")
    net = Amount(help_text="which is sent")
    to = serializers.CharField(help_text="where it goes, masked")
    rail = serializers.CharField()
    waits_because = serializers.CharField(allow_null=True, help_text="why it is not sent yet, in one line")
    requested_by = serializers.CharField(help_text="`operator` for the payee, where somebody of ours did")
    approved_by = serializers.CharField(allow_null=True, help_text="`operator` for the payee")
    reference = serializers.CharField(allow_null=True, help_text="UTR or trace id, as the bank's statement shows it")
    failure = FailureOutput(allow_null=True)
    retry_of = serializers.CharField(allow_null=True)
    batch = serializers.CharField(allow_null=True)
    frozen_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)


def payout_rows() -> QuerySet[Payout]:
    """Payouts with all that is shown of them."""
    return Payout.objects.select_related("payee__user", "destination", "batch", "retry_of")


def payout_json(payout: Payout, *, for_payee: bool) -> dict[str, Any]:
    """A payout as the API shows it. Which of our people did what is not the payee's business."""
    return {
        "id": payout.public_id,
        "payee": payout.payee.public_id,
        "kind": payout.payee.kind,
        "status": payout.status,
        "gross": Money(payout.gross_minor, payout.currency).as_json(),
        "fee": Money(payout.fee_minor, payout.currency).as_json(),
        "net": payout.net.as_json(),
        "to": payout.destination.masked,
        "rail": payout.rail,
        "waits_because": why_it_waits(payout) or None,
        "requested_by": _by(payout, payout.requested_by, for_payee=for_payee),
        "approved_by": _by(payout, payout.approved_by, for_payee=for_payee) or None,
        "reference": payout.reference or None,
        "failure": _failure(payout),
        "retry_of": payout.retry_of.public_id if payout.retry_of else None,
        "batch": payout.batch.public_id if payout.batch else None,
        "frozen_at": payout.frozen_at,
        "sent_at": payout.sent_at,
        "paid_at": payout.paid_at,
    }


def _by(payout: Payout, actor: str, *, for_payee: bool) -> str:
    """Who did something: by name to staff, and to the payee where it was themself or the machine."""
    named = not for_payee or actor in ("", payout.payee.user.actor) or actor.startswith("system:")
    return actor if named else "operator"


def why_it_waits(payout: Payout) -> str:
    """Why a payout is not sent yet, in one line; empty where it is."""
    if payout.status == PayoutStatus.AWAITING_APPROVAL:
        return "it waits for the approval of a second person"
    return payout.waits_because


def _failure(payout: Payout) -> dict[str, str] | None:
    if payout.status not in (PayoutStatus.FAILED, PayoutStatus.RETURNED):
        return None
    code = payout.failure_code
    return {"code": code, "detail": in_words(code=code, advice=payout.advice)}
