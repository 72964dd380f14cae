"""The doors to payouts: payees ask for one and see their own; a second person of finance decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.accounts.models import User
from config.accounts.permissions import Allowed, actor_of, permits_everyone, require_everyone
from config.idempotency.doors import claim_of, idempotent
from config.kernel import clock
from config.kernel.errors import Invalid, NotFound
from payments.refunds.serializers import DecisionInput
from payouts.payees.models import Payee
from payouts.payees.queries import own_payees
from payouts.payout.models import Payout
from payouts.payout.serializers import (
    PayoutOutput,
    PayoutQuery,
    RequestInput,
    payout_json,
    payout_rows,
)
from payouts.payout.services.decide import approve_payout, cancel_payout
from payouts.payout.services.due import pay_now, retry_payout

VIEW, REQUEST, APPROVE, PAY = "payouts.view", "payouts.request", "payouts.approve", "payouts.pay"


class PayeeRequired(Invalid):
    """You are several payees: say by `payee` which of them is to be paid."""

    code = "payee_required"


def _shown(request: Request, payout: Payout) -> dict[str, Any]:
    return payout_json(payout, for_payee=not permits_everyone(request, VIEW))


def _answer(request: Request, payout: Payout, *, status: int = 200) -> Response:
    return Response(_shown(request, payout_rows().get(pk=payout.pk)), status=status)


class PayoutsView(GenericAPIView):
    """Payouts, newest first: one's own, or everybody's for staff."""

    permission_classes = (Allowed(VIEW),)
    serializer_class = PayoutOutput
    filter_backends = ()
    queryset = Payout.objects.none()

    @extend_schema(parameters=[PayoutQuery], responses=PayoutOutput(many=True), operation_id="payouts_list")
    def get(self, request: Request) -> Response:
        """All of them, or those in one state, of one payee, or of one run."""
        asked = PayoutQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = payout_rows()
        if not permits_everyone(request, VIEW):
            rows = rows.filter(payee__in=own_payees(cast("User", request.user)))
        for name, column in (("status", "status"), ("payee", "payee__public_id"), ("batch", "batch__public_id")):
            if value := asked.validated_data.get(name):
                rows = rows.filter(**{column: value})
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([_shown(request, payout) for payout in page])


class PayoutView(GenericAPIView):
    """One payout."""

    permission_classes = (Allowed(VIEW),)
    serializer_class = PayoutOutput
    queryset = Payout.objects.none()

    @extend_schema(responses=PayoutOutput, operation_id="payouts_retrieve")
    def get(self, request: Request, payout_id: str) -> Response:
        """Where it stands, and why it is not there yet."""
        rows = payout_rows()
        if not permits_everyone(request, VIEW):
            rows = rows.filter(payee__in=own_payees(cast("User", request.user)))
        found = rows.filter(public_id=payout_id).first()
        if found is None:
            raise NotFound("there is no such payout")
        return Response(_shown(request, found))


class RequestsView(GenericAPIView):
    """Withdrawals."""

    permission_classes = (Allowed(REQUEST),)
    serializer_class = PayoutOutput
    queryset = Payout.objects.none()

    @extend_schema(request=RequestInput, responses={201: PayoutOutput}, operation_id="payouts_request")
    @idempotent(required=True)
    def post(self, request: Request) -> Response:
        """Everything that is payable in one currency, now. 409 `payout_not_possible` says in one line why not."""
        given = RequestInput(data=request.data)
        given.is_valid(raise_exception=True)
        payee = self._payee(request, given.validated_data.get("payee", ""))
        claim = claim_of(request)
        if claim is not None and claim.intent_id:
            # An earlier run made it and died before it could answer.
            return _answer(request, Payout.objects.get(public_id=claim.intent_id), status=201)
        payout = pay_now(
            payee=payee,
            currency=given.validated_data["currency"],
            actor=actor_of(request),
            reason=given.validated_data["reason"],
            at=clock.now(),
            claim=claim,
        )
        return _answer(request, payout, status=201)

    def _payee(self, request: Request, payee_id: str) -> Payee:
        rows = Payee.objects.all()
        if not permits_everyone(request, REQUEST):
            rows = own_payees(cast("User", request.user))
        elif not payee_id:
            raise PayeeRequired(field="payee")
        found = list((rows.filter(public_id=payee_id) if payee_id else rows).select_related("user")[:2])
        if not found:
            raise NotFound("there is no such payee")
        if len(found) > 1:
            raise PayeeRequired(field="payee")
        return found[0]


def _decide(request: Request, payout_id: str, *, code: str, act: Callable[..., object]) -> Response:
    given = DecisionInput(data=request.data)
    given.is_valid(raise_exception=True)
    require_everyone(request, code)
    payout = Payout.objects.filter(public_id=payout_id).first()
    if payout is None:
        raise NotFound("there is no such payout")
    act(payout_pk=payout.pk, actor=actor_of(request), at=clock.now(), **given.validated_data)
    return _answer(request, payout)


class _DecidingView(GenericAPIView):
    """A decision of somebody who may approve."""

    permission_classes = (Allowed(APPROVE),)
    serializer_class = PayoutOutput
    queryset = Payout.objects.none()


class ApproveView(_DecidingView):
    """A second person lets it be sent."""

    @extend_schema(request=DecisionInput, responses=PayoutOutput, operation_id="payouts_approve")
    @idempotent(required=False)
    def post(self, request: Request, payout_id: str) -> Response:
        """Never who asked for it, nor whose money it is. Told twice it stays as it is."""
        return _decide(request, payout_id, code=APPROVE, act=approve_payout)


class CancelView(_DecidingView):
    """It is not sent."""

    @extend_schema(request=DecisionInput, responses=PayoutOutput, operation_id="payouts_cancel")
    @idempotent(required=False)
    def post(self, request: Request, payout_id: str) -> Response:
        """What was frozen is payable again. Only while nobody outside was asked for anything."""
        return _decide(request, payout_id, code=APPROVE, act=cancel_payout)


class RetryView(GenericAPIView):
    """A payout that failed is tried again, as another one."""

    permission_classes = (Allowed(PAY),)
    serializer_class = PayoutOutput
    queryset = Payout.objects.none()

    @extend_schema(request=DecisionInput, responses={201: PayoutOutput}, operation_id="payouts_retry")
    @idempotent(required=True)
    def post(self, request: Request, payout_id: str) -> Response:
        """Of everything that is payable now; once. Not while the rail has not said that it failed."""
        given = DecisionInput(data=request.data)
        given.is_valid(raise_exception=True)
        require_everyone(request, PAY)
        payout = Payout.objects.filter(public_id=payout_id).first()
        if payout is None:
            raise NotFound("there is no such payout")
        claim = claim_of(request)
        if claim is not None and claim.intent_id:
            return _answer(request, Payout.objects.get(public_id=claim.intent_id), status=201)
        made = retry_payout(
            payout_pk=payout.pk, actor=actor_of(request), at=clock.now(), claim=claim, **given.validated_data
        )
        return _answer(request, made, status=201)
