"""The doors to a person's saved methods: look, save one, choose the default, have one forgotten. Own rows only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import User
from config.accounts.permissions import Allowed
from config.idempotency.doors import Secrets, claim_of, idempotent
from config.kernel import clock
from config.kernel.errors import NotFound
from config.ops.addresses import client_address, counted_as
from orders.order.models import Order
from payments.abuse.services.screen import Origin, remember_origin, remember_setup_origin, screen
from payments.charges.states import PaymentStatus
from payments.gateways.registry import gateway_for
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.queries import kept_by
from payments.methods.services.charge import charge_saved_method
from payments.methods.services.follow import follow_up
from payments.methods.services.keep import detach, make_default
from payments.methods.services.save import StartedSetup, go_on, start_setup
from payments.methods.states import KEPT, MethodStatus, SetupStatus
from payments.methods.terms import Consent, current_terms

BY_ITS_OWNER = "asked by its owner"


class SetupInput(serializers.Serializer):
    gateway = serializers.CharField(max_length=40, default="stripe")
    consent = serializers.BooleanField(
        default=False, help_text="the person agrees that the method is charged later with nobody present"
    )
    terms_version = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="of the words that the person was shown"
    )
    replaces = serializers.CharField(max_length=36, default="", allow_blank=True, help_text="a saved method's id")
    challenge_token = serializers.CharField(max_length=2_048, default="", help_text="as at checkout")


class TermsOutput(serializers.Serializer):
    version = serializers.CharField()
    text = serializers.CharField()


class SetupConfirmInput(serializers.Serializer):
    razorpay_payment_id = serializers.CharField(max_length=64, default="", help_text="as Checkout hands it over")
    razorpay_order_id = serializers.CharField(max_length=64, default="")
    razorpay_signature = serializers.CharField(max_length=128, default="")


class SetupOutput(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=SetupStatus.values)
    gateway = serializers.CharField()
    gateway_setup_id = serializers.CharField(allow_null=True)
    gateway_customer_id = serializers.CharField(allow_null=True)
    client_secret = serializers.CharField(allow_null=True)
    public_key = serializers.CharField(allow_null=True, help_text="our account, as the gateway's script wants it")
    failure_code = serializers.CharField(allow_null=True)
    method = serializers.CharField(allow_null=True, help_text="what it saved")


class MethodOutput(serializers.Serializer):
    """Of Indian cards network and expiry are null: they may not be kept."""

    id = serializers.CharField()
    status = serializers.ChoiceField(choices=MethodStatus.values)
    gateway = serializers.CharField()
    kind = serializers.CharField()
    network = serializers.CharField(allow_null=True)
    last4 = serializers.CharField(allow_null=True)
    issuer = serializers.CharField(allow_null=True)
    expiry_month = serializers.IntegerField(allow_null=True)
    expiry_year = serializers.IntegerField(allow_null=True)
    is_default = serializers.BooleanField()
    consented_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


def method_json(method: SavedMethod) -> dict[str, Any]:
    """A saved method as its owner sees it."""
    return {
        "id": method.public_id,
        "status": method.status,
        "gateway": method.gateway_account.gateway,
        "kind": method.kind,
        "network": method.network or None,
        "last4": method.last4 or None,
        "issuer": method.issuer or None,
        "expiry_month": method.expiry_month,
        "expiry_year": method.expiry_year,
        "is_default": method.is_default,
        "consented_at": method.consented_at,
        "created_at": method.created_at,
    }


def _setup_json(started: StartedSetup) -> dict[str, Any]:
    setup = started.setup
    method = SavedMethod.objects.filter(setup=setup).first()
    return {
        "id": setup.public_id,
        "status": setup.status,
        "gateway": setup.gateway_account.gateway,
        "gateway_setup_id": setup.gateway_setup_id,
        "gateway_customer_id": setup.customer.gateway_customer_id,
        "client_secret": started.client_secret or None,
        "public_key": gateway_for(setup.gateway_account.code).public_key or None,
        "failure_code": setup.failure_code or None,
        "method": method.public_id if method is not None else None,
    }


def _person(request: Request) -> User:
    return cast("User", request.user)


def _screened(request: Request, *, token: str, at: datetime) -> Origin:
    """Who wants to save or to charge, let pass: a card is tried out by saving it as well as by paying."""
    origin = Origin(address=counted_as(client_address(request.META)), email=_person(request).email)
    screen(origin=origin, token=token, at=at)
    return origin


def _consent(request: Request, given: dict[str, Any]) -> Consent:
    return Consent(
        is_given=given["consent"], terms_version=given["terms_version"], address=client_address(request.META)
    )


def _own_method(request: Request, method_id: str) -> SavedMethod:
    rows = SavedMethod.objects.select_related("gateway_account").filter(person=_person(request))
    found = rows.filter(public_id=method_id).first()
    if found is None:
        raise NotFound("there is no such saved method")
    return found


def _own_setup(request: Request, setup_id: str) -> MethodSetup:
    rows = MethodSetup.objects.select_related("gateway_account", "customer")
    found = rows.filter(customer__person=_person(request), public_id=setup_id).first()
    if found is None:
        raise NotFound("there is no such setup")
    return found


def _secret_again(request: Request, body: dict[str, Any], intent_id: str) -> dict[str, Any]:
    """A replayed answer's secret is asked of the gateway: it is never stored."""
    del intent_id
    body["client_secret"] = go_on(_own_setup(request, body["id"]), at=clock.now()).client_secret or None
    return body


class MethodsView(GenericAPIView):
    """A person's saved methods."""

    permission_classes = (Allowed("methods.use"),)
    serializer_class = MethodOutput
    filter_backends = ()
    queryset = SavedMethod.objects.none()
    throttle_scope = "payment"

    @extend_schema(responses=MethodOutput(many=True), operation_id="payment_methods_list")
    def get(self, request: Request) -> Response:
        """One's own, newest first; what is forgotten is not among them."""
        page = self.paginate_queryset(kept_by(_person(request))) or []
        return self.get_paginated_response([method_json(method) for method in page])

    @extend_schema(request=SetupInput, responses={201: SetupOutput}, operation_id="payment_methods_setup")
    @idempotent(required=True, secrets=Secrets(paths=("client_secret",), rederive=_secret_again))
    def post(self, request: Request) -> Response:
        """Starts to save one: the browser confirms it with the gateway's form, so that no card comes here."""
        given = SetupInput(data=request.data)
        given.is_valid(raise_exception=True)
        person, at = _person(request), clock.now()
        origin = _screened(request, token=given.validated_data["challenge_token"], at=at)
        started = start_setup(
            person=person,
            account=given.validated_data["gateway"],
            consent=_consent(request, given.validated_data),
            replaces=given.validated_data["replaces"],
            actor=person.actor,
            claim=claim_of(request),
            at=at,
        )
        remember_setup_origin(setup=started.setup, origin=origin, at=at)
        return Response(_setup_json(started), status=201)


class TermsView(APIView):
    """The words to show to whoever is about to save a method; their `version` goes back with the consent."""

    permission_classes = (Allowed("methods.use"),)

    @extend_schema(responses=TermsOutput, operation_id="payment_methods_terms")
    def get(self, request: Request) -> Response:
        del request
        terms = current_terms()
        return Response({"version": terms.version, "text": terms.words})


class SetupConfirmView(APIView):
    """The person says that they have confirmed, with the proof that the gateway's page handed them, if it signs one:
    the gateway is asked at once, and its answer alone counts."""

    permission_classes = (Allowed("methods.use"),)
    throttle_scope = "payment"

    @extend_schema(
        request=SetupConfirmInput, responses={200: SetupOutput}, operation_id="payment_methods_setup_confirm"
    )
    @idempotent(required=False)
    def post(self, request: Request, setup_id: str) -> Response:
        setup = _own_setup(request, setup_id)
        given = SetupConfirmInput(data=request.data)
        given.is_valid(raise_exception=True)
        proof = {name: value for name, value in given.validated_data.items() if value}
        follow_up(setup=setup, actor=_person(request).actor, at=clock.now(), proof=proof)
        setup.refresh_from_db()
        return Response(_setup_json(StartedSetup(setup=setup, client_secret="")))


class DefaultView(APIView):
    """Which method is charged where none is named."""

    permission_classes = (Allowed("methods.use"),)

    @extend_schema(request=None, responses={200: MethodOutput}, operation_id="payment_methods_default")
    @idempotent(required=False)
    def post(self, request: Request, method_id: str) -> Response:
        method = _own_method(request, method_id)
        make_default(method=method, actor=_person(request).actor, at=clock.now())
        method.refresh_from_db()
        return Response(method_json(method))


class ChargeInput(serializers.Serializer):
    order = serializers.CharField(max_length=36)
    challenge_token = serializers.CharField(max_length=2_048, default="", help_text="as at checkout")


class ChargeOutput(serializers.Serializer):
    """`failed` with a code leaves the same payment: `GET /api/v1/payments/{id}/` has what the buyer needs to go on."""

    id = serializers.CharField()
    status = serializers.ChoiceField(choices=PaymentStatus.values)
    failure_code = serializers.CharField(allow_null=True)


class ChargeView(APIView):
    """Pays one's own order with one's own saved method."""

    permission_classes = (Allowed("methods.use"),)
    throttle_scope = "payment"

    @extend_schema(request=ChargeInput, responses={200: ChargeOutput}, operation_id="payment_methods_charge")
    @idempotent(required=True)
    def post(self, request: Request, method_id: str) -> Response:
        given = ChargeInput(data=request.data)
        given.is_valid(raise_exception=True)
        person, method = _person(request), _own_method(request, method_id)
        order = Order.objects.filter(buyer=person, public_id=given.validated_data["order"]).first()
        if order is None:
            raise NotFound("there is no such order")
        at = clock.now()
        origin = _screened(request, token=given.validated_data["challenge_token"], at=at)
        payment = charge_saved_method(order=order, method=method, actor=person.actor, at=at)
        remember_origin(payment=payment, origin=origin, at=at)
        return Response(
            {"id": payment.public_id, "status": payment.status, "failure_code": payment.failure_code or None}
        )


class DetachView(APIView):
    """Forgets a saved method: it is charged no more from now on, and the gateway is told right afterwards."""

    permission_classes = (Allowed("methods.use"),)

    @extend_schema(request=None, responses={200: MethodOutput}, operation_id="payment_methods_detach")
    @idempotent(required=False)
    def post(self, request: Request, method_id: str) -> Response:
        method = _own_method(request, method_id)
        if method.status in KEPT:
            detach(method=method, actor=_person(request).actor, reason=BY_ITS_OWNER, at=clock.now())
            method.refresh_from_db()
        return Response(method_json(method))
