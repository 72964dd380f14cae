"""The doors to refunds: staff ask for one and look at all; a second person decides it, and how a failed one ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.accounts.permissions import Allowed, actor_of, require_everyone
from config.idempotency.doors import claim_of, idempotent
from config.kernel import clock
from config.kernel.errors import NotFound
from config.ops.context import bind
from orders.order.models import Order
from payments.refunds.models import Refund
from payments.refunds.serializers import (
    DecisionInput,
    EndInput,
    PaidOtherwiseInput,
    RefundInput,
    RefundOutput,
    RefundQuery,
    refund_json,
    refund_rows,
)
from payments.refunds.services.again import send_again
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.decide import approve_refund, reject_refund, withdraw_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.settle import Kind, confirm, decline, propose


def _answer(refund: Refund, *, status: int = 200) -> Response:
    return Response(refund_json(refund_rows().get(pk=refund.pk)), status=status)


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
        require_everyone(request, "refunds.request")
        bind(order_id=order_id)
        claim = claim_of(request)
        if claim is not None and claim.intent_id:
            # An earlier run made it and died before it could answer.
            return _answer(Refund.objects.get(public_id=claim.intent_id), status=201)
        refund, *_ = request_refund(
            order_id=order_id,
            wish=Wish(
                amount_minor=values.get("amount_minor"),
                fulfilment=values.get("fulfilment", ""),
                bearer=values.get("bearer", ""),
                currency=values.get("currency", ""),
            ),
            reason=values["reason"],
            requester=actor_of(request),
            policy=settings.POLICY,
            at=clock.now(),
            claim=claim,
        )
        return _answer(refund, status=201)


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
        require_everyone(request, "refunds.view")
        rows = refund_rows()
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
    require_everyone(request, code)
    refund = Refund.objects.filter(public_id=refund_id).first()
    if refund is None:
        raise NotFound("there is no such refund")
    return refund


def _decide(
    request: Request,
    refund_id: str,
    *,
    code: str,
    act: Callable[..., bool],
    asked: type[DecisionInput] = DecisionInput,
) -> Response:
    given = asked(data=request.data)
    given.is_valid(raise_exception=True)
    refund = _find(request, refund_id, code=code)
    act(refund_pk=refund.pk, actor=actor_of(request), at=clock.now(), **given.validated_data)
    return _answer(refund)


def _settle(
    request: Request, refund_id: str, *, asked: type[DecisionInput], act: Callable[..., object], status: int
) -> Response:
    given = asked(data=request.data)
    given.is_valid(raise_exception=True)
    refund = _find(request, refund_id, code="refunds.approve")
    claim = claim_of(request)
    # Where the claim knows an intent, an earlier run made it and died before it could answer.
    if claim is None or not claim.intent_id:
        act(refund_pk=refund.pk, actor=actor_of(request), at=clock.now(), claim=claim, **given.validated_data)
    return _answer(refund, status=status)


class _DecidingView(GenericAPIView):
    """A decision of somebody who may approve."""

    permission_classes = (Allowed("refunds.approve"),)
    serializer_class = RefundOutput
    queryset = Refund.objects.none()


class ApproveView(_DecidingView):
    """A second person lets it be given."""

    @extend_schema(request=DecisionInput, responses=RefundOutput, operation_id="refunds_approve")
    @idempotent(required=False)
    def post(self, request: Request, refund_id: str) -> Response:
        """Never who asked for it. Told twice it stays as it is."""
        return _decide(request, refund_id, code="refunds.approve", act=approve_refund)


class RejectView(_DecidingView):
    """It is not given."""

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


class SendAgainView(_DecidingView):
    """What failed is made anew at the gateway."""

    @extend_schema(request=DecisionInput, responses=RefundOutput, operation_id="refunds_send_again")
    @idempotent(required=True)
    def post(self, request: Request, refund_id: str) -> Response:
        """Another refund of the same amount; the one that failed is let go. Not while another end is proposed."""
        return _settle(request, refund_id, asked=DecisionInput, act=send_again, status=200)


class PaidOtherwiseView(_DecidingView):
    """The buyer got the money from our bank."""

    @extend_schema(request=PaidOtherwiseInput, responses={201: RefundOutput}, operation_id="refunds_pay_otherwise")
    @idempotent(required=True)
    def post(self, request: Request, refund_id: str) -> Response:
        """Only proposed: another person confirms it, and then it is booked from that bank account."""
        act = partial(propose, kind=Kind.PAID_OTHERWISE, bank_accounts=settings.POLICY.bank_accounts)
        return _settle(request, refund_id, asked=PaidOtherwiseInput, act=act, status=201)


class VoidView(_DecidingView):
    """The buyer does not get the money."""

    @extend_schema(request=DecisionInput, responses={201: RefundOutput}, operation_id="refunds_void")
    @idempotent(required=True)
    def post(self, request: Request, refund_id: str) -> Response:
        """Only proposed: another person confirms it, and then each part goes back to where its money is by now."""
        act = partial(propose, kind=Kind.VOIDED)
        return _settle(request, refund_id, asked=DecisionInput, act=act, status=201)


class ConfirmEndView(_DecidingView):
    """A second person confirms the end that was proposed."""

    @extend_schema(request=EndInput, responses=RefundOutput, operation_id="refunds_confirm")
    @idempotent(required=False)
    def post(self, request: Request, refund_id: str) -> Response:
        """Never who proposed it. It is booked, and the refund has ended."""
        return _decide(request, refund_id, code="refunds.approve", act=confirm, asked=EndInput)


class DeclineEndView(_DecidingView):
    """The end that was proposed is not wanted."""

    @extend_schema(request=EndInput, responses=RefundOutput, operation_id="refunds_decline")
    @idempotent(required=False)
    def post(self, request: Request, refund_id: str) -> Response:
        """Nothing is booked, and it is still owed. Who proposed it may take it back this way."""
        return _decide(request, refund_id, code="refunds.approve", act=decline, asked=EndInput)
