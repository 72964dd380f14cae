"""The doors to payees: set oneself up, say when and where to be paid; finance decides about destinations."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import User
from config.accounts.permissions import Allowed, actor_of, permits_everyone
from config.accounts.roles import Role
from config.idempotency.doors import claim_of, idempotent
from config.idempotency.services import remember_intent
from config.kernel import clock
from config.kernel.errors import Forbidden, NotFound
from payouts.payees.models import Destination, LegalForm, Payee, PayeeKind, Schedule
from payouts.payees.queries import own_payees
from payouts.payees.serializers import (
    DestinationDecision,
    DestinationInput,
    DestinationOutput,
    OnboardingInput,
    OnboardingOutput,
    PayeeDetailOutput,
    PayeeOutput,
    ScheduleInput,
    SetUpInput,
    destination_json,
    payee_detail_json,
    payee_json,
)
from payouts.payees.services.decide import approve_destination, reject_destination
from payouts.payees.services.ensure import ensure_account, ensure_payee, set_up
from payouts.payees.services.onboard import start_onboarding
from payouts.payees.services.propose import propose_destination
from payouts.payees.services.terms import set_schedule

VIEW, MANAGE, APPROVE = "payees.view", "payees.manage", "payees.approve"


def _payee(request: Request, payee_id: str, *, code: str) -> Payee:
    """One's own payee, or anybody's for who may do `code` on everybody's."""
    rows = Payee.objects.select_related("user")
    if not permits_everyone(request, code):
        rows = own_payees(cast("User", request.user))
    found = rows.filter(public_id=payee_id).first()
    if found is None:
        raise NotFound("there is no such payee")
    return found


def _detail(payee: Payee) -> Response:
    payee.refresh_from_db()
    return Response(payee_detail_json(payee, at=clock.now()))


class PayeesView(GenericAPIView):
    """Payees: one's own, or everybody's for finance."""

    permission_classes = (Allowed(read=VIEW, write=MANAGE),)
    serializer_class = PayeeOutput
    filter_backends = ()
    queryset = Payee.objects.none()

    @extend_schema(responses=PayeeOutput(many=True), operation_id="payees_list")
    def get(self, request: Request) -> Response:
        """Newest first."""
        rows = Payee.objects.select_related("user")
        if not permits_everyone(request, VIEW):
            rows = own_payees(cast("User", request.user))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([payee_json(payee) for payee in page])

    @extend_schema(request=SetUpInput, responses={201: PayeeDetailOutput}, operation_id="payees_set_up")
    @idempotent(required=True)
    def post(self, request: Request) -> Response:
        """A seller sets themselves up to be paid: says who they are in law. Once; afterwards our people change it."""
        person, at = cast("User", request.user), clock.now()
        if Role.SELLER not in person.roles:
            raise Forbidden("only sellers set themselves up here")
        given = SetUpInput(data=request.data)
        given.is_valid(raise_exception=True)
        payee = ensure_payee(user=person, kind=PayeeKind.SELLER, actor=person.actor, at=at)
        set_up(
            payee=payee,
            name=given.validated_data["legal_name"],
            form=LegalForm(given.validated_data["legal_form"]),
            country=given.validated_data["country"],
            actor=person.actor,
            by_staff=False,
            at=at,
        )
        remember_intent(claim=claim_of(request), intent_id=payee.public_id)
        payee.refresh_from_db()
        return Response(payee_detail_json(payee, at=at), status=201)


class PayeeView(APIView):
    """One payee: how they stand in each currency, and why they are not paid."""

    permission_classes = (Allowed(read=VIEW, write=MANAGE),)

    @extend_schema(responses=PayeeDetailOutput, operation_id="payees_get")
    def get(self, request: Request, payee_id: str) -> Response:
        return _detail(_payee(request, payee_id, code=VIEW))

    @extend_schema(request=ScheduleInput, responses=PayeeDetailOutput, operation_id="payees_schedule")
    def patch(self, request: Request, payee_id: str) -> Response:
        """How often, and from how much on, in one currency. What is not named stays."""
        payee, at = _payee(request, payee_id, code=MANAGE), clock.now()
        given = ScheduleInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted: dict[str, Any] = dict(given.validated_data)
        account = ensure_account(payee=payee, currency=wanted["currency"], at=at)
        set_schedule(
            payee=payee,
            currency=wanted["currency"],
            schedule=Schedule(wanted.get("schedule", account.schedule)),
            weekday=wanted.get("weekday", account.weekday),
            minimum_minor=wanted.get("minimum_minor", account.minimum_minor),
            actor=actor_of(request),
            at=at,
        )
        return _detail(payee)


class DestinationsView(GenericAPIView):
    """Where a payee's money goes, went, and is to go."""

    permission_classes = (Allowed(read=VIEW, write=MANAGE),)
    serializer_class = DestinationOutput
    filter_backends = ()
    queryset = Destination.objects.none()

    @extend_schema(responses=DestinationOutput(many=True), operation_id="payees_bank_accounts_list")
    def get(self, request: Request, payee_id: str) -> Response:
        """Newest first, masked."""
        payee = _payee(request, payee_id, code=VIEW)
        for_payee = not permits_everyone(request, VIEW)
        page = self.paginate_queryset(Destination.objects.filter(payee=payee)) or []
        return self.get_paginated_response([destination_json(each, for_payee=for_payee) for each in page])

    @extend_schema(
        request=DestinationInput, responses={201: DestinationOutput}, operation_id="payees_bank_accounts_propose"
    )
    @idempotent(required=True)
    def post(self, request: Request, payee_id: str) -> Response:
        """Proposes a destination. A change needs a second person of ours, and then its cooling time."""
        payee = _payee(request, payee_id, code=MANAGE)
        given = DestinationInput(data=request.data)
        given.is_valid(raise_exception=True)
        destination = propose_destination(
            payee=payee,
            currency=given.validated_data["currency"],
            kind=given.validated_data["kind"],
            details=given.validated_data["details"],
            actor=actor_of(request),
            at=clock.now(),
            claim=claim_of(request),
        )
        destination.refresh_from_db()
        for_payee = not permits_everyone(request, VIEW)
        return Response(destination_json(destination, for_payee=for_payee), status=201)


class _DecisionView(APIView):
    permission_classes = (Allowed(APPROVE),)

    def _decide(self, request: Request, payee_id: str, destination_id: str, decide: Any) -> Response:
        payee = _payee(request, payee_id, code=APPROVE)
        destination = Destination.objects.filter(payee=payee, public_id=destination_id).first()
        if destination is None:
            raise NotFound("there is no such destination")
        given = DestinationDecision(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        decide(destination=destination, actor=actor_of(request), reason=reason, at=clock.now())
        destination.refresh_from_db()
        return Response(destination_json(destination, for_payee=False))


class ApproveDestinationView(_DecisionView):
    """A second person says yes to a destination."""

    @extend_schema(
        request=DestinationDecision,
        responses={200: DestinationOutput},
        operation_id="payees_bank_accounts_approve",
    )
    @idempotent(required=False)
    def post(self, request: Request, payee_id: str, destination_id: str) -> Response:
        return self._decide(request, payee_id, destination_id, approve_destination)


class RejectDestinationView(_DecisionView):
    """A second person says no to a destination."""

    @extend_schema(
        request=DestinationDecision, responses={200: DestinationOutput}, operation_id="payees_bank_accounts_reject"
    )
    @idempotent(required=False)
    def post(self, request: Request, payee_id: str, destination_id: str) -> Response:
        return self._decide(request, payee_id, destination_id, reject_destination)


class OnboardingView(APIView):
    """The link to Stripe's pages, for the payee themself."""

    permission_classes = (Allowed(MANAGE),)

    @extend_schema(request=OnboardingInput, responses={200: OnboardingOutput}, operation_id="payees_onboarding")
    def post(self, request: Request, payee_id: str) -> Response:
        """Makes no row, and another link each time: the one before ends by itself."""
        payee = _payee(request, payee_id, code=MANAGE)
        given = OnboardingInput(data=request.data)
        given.is_valid(raise_exception=True)
        link = start_onboarding(
            payee=payee, currency=given.validated_data["currency"], actor=actor_of(request), at=clock.now()
        )
        response = Response({"url": link.url, "expires_at": link.expires_at})
        response["Cache-Control"] = "no-store"
        return response
