"""The doors to refunds: staff ask for one and look at all; a second person approves or rejects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.accounts.models import User
from config.accounts.permissions import Allowed, permits_everyone
from config.idempotency.doors import claim_of, idempotent
from config.kernel import clock
from config.kernel.errors import NotFound
from config.kernel.money import Money
from config.ops.context import bind
from config.ops.redaction import mask
from orders.fields import Amount, WholeNumber
from orders.order.models import Order
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import Wish, request_refund
from payments.refunds.services.decide import approve_refund, reject_refund, withdraw_refund
from payments.refunds.states import RefundStatus

POTS = ["escrow", "released", "unapplied", "goodwill", "loss"]


class _Reason(serializers.CharField):
    """Card numbers that somebody types into a reason are masked on their way in."""

    def to_internal_value(self, data: Any) -> str:
        return mask(str(super().to_internal_value(data)))


class RefundInput(serializers.Serializer):
    amount_minor = WholeNumber(min_value=1, required=False, help_text="all that is left where it is left out")
    reason = _Reason(min_length=3, max_length=500)
    fulfilment = serializers.CharField(max_length=36, required=False, help_text="of this seller's part alone")
    bearer = serializers.ChoiceField(
        choices=["platform"], required=False, help_text="the platform bears it, whatever the refund policy says"
    )


class DecisionInput(serializers.Serializer):
    reason = _Reason(min_length=3, max_length=500)


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
        "together_with": sorted(together),
    }


def _rows() -> QuerySet[Refund]:
    return Refund.objects.select_related("payment__order").prefetch_related("shares__hold__fulfilment")


def _answer(refund: Refund, *, status: int = 200) -> Response:
    return Response(refund_json(_rows().get(pk=refund.pk)), status=status)


class OrderRefundsView(GenericAPIView):
    """Refunds of one order."""

    permission_classes = (Allowed("refunds.request"),)
    serializer_class = RefundOutput
    queryset = Order.objects.none()

    @extend_schema(request=RefundInput, responses={201: RefundOutput}, operation_id="order_refunds_create")
    @idempotent(required=True)
    def post(self, request: Request, order_id: str) -> Response:
        """Staff ask for a refund. Above the threshold it waits for a second person; below it is sent at once."""
        given = RefundInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        _check_reach(request, "refunds.request")
        bind(order_id=order_id)
        claim = claim_of(request)
        if claim is not None and claim.intent_id:
            # An earlier run made it and died before it could answer.
            return _answer(Refund.objects.get(public_id=claim.intent_id), status=201)
        refund, *_ = request_refund(
            order_id=order_id,
            wish=Wish(values.get("amount_minor"), values.get("fulfilment", ""), values.get("bearer", "")),
            reason=values["reason"],
            requester=cast("User", request.user).actor,
            policy=settings.POLICY,
            at=clock.now(),
            claim=claim,
        )
        return _answer(refund, status=201)


def _check_reach(request: Request, code: str) -> None:
    """Refunds are everybody's rows: only a staff role reaches them. Strangers learn nothing of them."""
    if not permits_everyone(request, code):
        raise NotFound


class RefundsView(GenericAPIView):
    """Refunds, newest first."""

    permission_classes = (Allowed("refunds.view"),)
    serializer_class = RefundOutput
    filter_backends = ()
    queryset = Refund.objects.none()

    @extend_schema(parameters=[RefundQuery], responses=RefundOutput(many=True), operation_id="refunds_list")
    def get(self, request: Request) -> Response:
        """All of them, or those in one state or of one order."""
        asked = RefundQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        _check_reach(request, "refunds.view")
        rows = _rows()
        if status := asked.validated_data.get("status"):
            rows = rows.filter(status=status)
        if order := asked.validated_data.get("order"):
            rows = rows.filter(payment__order__public_id=order)
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([refund_json(refund) for refund in page])


class RefundView(GenericAPIView):
    """One refund."""

    permission_classes = (Allowed("refunds.view"),)
    serializer_class = RefundOutput
    queryset = Refund.objects.none()

    @extend_schema(responses=RefundOutput, operation_id="refunds_retrieve")
    def get(self, request: Request, refund_id: str) -> Response:
        """Where it stands, who asked for it and who approved it."""
        return _answer(_find(request, refund_id, code="refunds.view"))


def _find(request: Request, refund_id: str, *, code: str) -> Refund:
    _check_reach(request, code)
    refund = Refund.objects.filter(public_id=refund_id).first()
    if refund is None:
        raise NotFound("there is no such refund")
    return refund


def _decide(request: Request, refund_id: str, *, code: str, act: Callable[..., bool]) -> Response:
    given = DecisionInput(data=request.data)
    given.is_valid(raise_exception=True)
    refund = _find(request, refund_id, code=code)
    actor = cast("User", request.user).actor
    act(refund_pk=refund.pk, actor=actor, reason=given.validated_data["reason"], at=clock.now())
    return _answer(refund)


class ApproveView(GenericAPIView):
    """A second person lets it be given."""

    permission_classes = (Allowed("refunds.approve"),)
    serializer_class = RefundOutput
    queryset = Refund.objects.none()

    @extend_schema(request=DecisionInput, responses=RefundOutput, operation_id="refunds_approve")
    @idempotent(required=False)
    def post(self, request: Request, refund_id: str) -> Response:
        """Never who asked for it. Told twice it stays as it is."""
        return _decide(request, refund_id, code="refunds.approve", act=approve_refund)


class RejectView(GenericAPIView):
    """It is not given."""

    permission_classes = (Allowed("refunds.approve"),)
    serializer_class = RefundOutput
    queryset = Refund.objects.none()

    @extend_schema(request=DecisionInput, responses=RefundOutput, operation_id="refunds_reject")
    @idempotent(required=False)
    def post(self, request: Request, refund_id: str) -> Response:
        """What it kept still is free again."""
        return _decide(request, refund_id, code="refunds.approve", act=reject_refund)


class WithdrawView(GenericAPIView):
    """Who asked for it takes it back."""

    permission_classes = (Allowed("refunds.request"),)
    serializer_class = RefundOutput
    queryset = Refund.objects.none()

    @extend_schema(request=DecisionInput, responses=RefundOutput, operation_id="refunds_withdraw")
    @idempotent(required=False)
    def post(self, request: Request, refund_id: str) -> Response:
        """Only while nobody has decided."""
        return _decide(request, refund_id, code="refunds.request", act=withdraw_refund)
