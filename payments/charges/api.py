"""The doors to paying: checkout, a further attempt, and the customer's word that they have paid."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import User
from config.accounts.permissions import AllowAnyone, Allowed
from config.idempotency.doors import Secrets, claim_of, idempotent
from config.kernel import clock
from config.kernel.errors import NotFound
from config.ops.addresses import client_address, counted_as
from orders.fields import Amount, WholeNumber
from orders.order.access import access_token
from orders.order.doors import Capacity, NotYours, caller_of
from orders.order.models import Order
from payments.abuse.services.screen import Origin, remember_origin, screen
from payments.charges.models import Payment
from payments.charges.services.checkout import Cart, attempt, check_out, confirm, reread
from payments.charges.services.start import Started
from payments.gateways.registry import gateway_for


class ItemInput(serializers.Serializer):
    sku = serializers.CharField(max_length=64)
    quantity = WholeNumber(min_value=1, max_value=settings.POLICY.max_quantity)


class CheckoutInput(serializers.Serializer):
    gateway = serializers.CharField(max_length=40, default="", help_text="without it one is chosen by the rules")
    method = serializers.CharField(
        max_length=40, default="", help_text="what the buyer wants to pay with: card, upi, …"
    )
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217, upper case")
    email = serializers.EmailField(max_length=254)
    items = ItemInput(many=True, allow_empty=False, max_length=settings.POLICY.max_lines)  # type: ignore[call-arg]
    accept_terms = serializers.BooleanField(default=False)
    hosted = serializers.BooleanField(default=False, help_text="pay on the gateway's own page")
    challenge_token = serializers.CharField(
        max_length=2_048, default="", help_text="proof that a person is there, where one was asked for"
    )
    metadata = serializers.JSONField(default=dict, help_text="of the cart; kept with the order")


class AttemptInput(serializers.Serializer):
    challenge_token = serializers.CharField(max_length=2_048, default="", help_text="as at checkout")
    gateway = serializers.CharField(max_length=40, default="", help_text="without it one is chosen by the rules")
    method = serializers.CharField(
        max_length=40, default="", help_text="what the buyer wants to pay with: card, upi, …"
    )
    hosted = serializers.BooleanField(default=False)


class ConfirmInput(serializers.Serializer):
    razorpay_payment_id = serializers.CharField(max_length=64, default="", help_text="as Checkout hands it over")
    razorpay_order_id = serializers.CharField(max_length=64, default="")
    razorpay_signature = serializers.CharField(max_length=128, default="")


class PaymentOutput(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.CharField()
    gateway = serializers.CharField()
    gateway_payment_id = serializers.CharField(allow_null=True)
    client_secret = serializers.CharField(allow_null=True)
    public_key = serializers.CharField(allow_null=True, help_text="our account, as the gateway's script wants it")
    redirect_url = serializers.CharField(allow_null=True)


class CheckoutOrderOutput(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.CharField()
    payment_status = serializers.CharField()
    total = Amount()
    reserved_until = serializers.DateTimeField()
    access_token = serializers.CharField(help_text="sent as X-Order-Token; opens this order alone")


class CheckoutOutput(serializers.Serializer):
    order = CheckoutOrderOutput()
    payment = PaymentOutput()


class AttemptOutput(serializers.Serializer):
    payment = PaymentOutput()


def _payment(started: Started) -> dict[str, Any]:
    payment = started.payment
    return {
        "id": payment.public_id,
        "status": payment.status,
        "gateway": payment.gateway_account.gateway,
        "gateway_payment_id": payment.gateway_payment_id or payment.gateway_order_id,
        "client_secret": started.client_secret or None,
        "public_key": gateway_for(payment.gateway_account.code).public_key or None,
        "redirect_url": started.redirect_url or None,
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.public_id,
        "status": order.status,
        "payment_status": order.payment_status,
        "total": order.total.as_json(),
        "reserved_until": order.reserved_until.isoformat().replace("+00:00", "Z"),
        "access_token": access_token(order),
    }


def _secrets_again(request: Request, body: dict[str, Any], intent_id: str) -> dict[str, Any]:
    """Fills a replayed answer's secrets in again: the gateway's are asked for, the order's token is derived."""
    del request, intent_id
    payment = Payment.objects.select_related("gateway_account", "order").get(public_id=body["payment"]["id"])
    started = reread(payment)
    body["payment"]["client_secret"] = started.client_secret or None
    body["payment"]["redirect_url"] = started.redirect_url or None
    if "order" in body and payment.order is not None:
        body["order"]["access_token"] = access_token(payment.order)
    return body


_SECRETS = Secrets(
    paths=("payment.client_secret", "payment.redirect_url", "order.access_token"), rederive=_secrets_again
)


class CheckoutView(APIView):
    """Places an order and opens its payment. Prices come from the SKUs alone."""

    permission_classes = (AllowAnyone,)
    throttle_scope = "checkout"

    @extend_schema(request=CheckoutInput, responses={201: CheckoutOutput}, operation_id="checkout")
    @idempotent(required=True, secrets=_SECRETS)
    def post(self, request: Request) -> Response:
        given = CheckoutInput(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = given.validated_data, clock.now()
        origin = Origin(address=counted_as(client_address(request.META)), email=values["email"])
        screen(origin=origin, token=values["challenge_token"], at=at)
        order, started = check_out(
            cart=Cart(
                items=values["items"],
                currency=values["currency"],
                email=values["email"],
                accept_terms=values["accept_terms"],
                metadata=values["metadata"],
            ),
            account=values["gateway"],
            method=values["method"],
            hosted=values["hosted"],
            buyer=request.user if isinstance(request.user, User) else None,
            claim=claim_of(request),
            at=at,
        )
        remember_origin(payment=started.payment, origin=origin, at=at)
        order.refresh_from_db()
        return Response({"order": _order(order), "payment": _payment(started)}, status=201)


class AttemptView(APIView):
    """A new attempt to pay an order that still waits for its money."""

    permission_classes = (Allowed("orders.pay", order_token=True),)
    throttle_scope = "payment"

    @extend_schema(request=AttemptInput, responses={201: AttemptOutput}, operation_id="order_payments_create")
    @idempotent(required=True, secrets=_SECRETS)
    def post(self, request: Request, order_id: str) -> Response:
        at = clock.now()
        given = AttemptInput(data=request.data)
        given.is_valid(raise_exception=True)
        caller = caller_of(request, order_id=order_id, code="orders.pay", at=at)
        is_buyer = caller.user is not None and caller.order.buyer_id == caller.user.pk
        if not is_buyer and caller.capacity is not Capacity.GUEST:
            raise NotYours("only the buyer pays for an order")
        origin = Origin(address=counted_as(client_address(request.META)), email=caller.order.email)
        screen(origin=origin, token=given.validated_data["challenge_token"], at=at)
        started = attempt(
            order=caller.order,
            account=given.validated_data["gateway"],
            method=given.validated_data["method"],
            hosted=given.validated_data["hosted"],
            actor=caller.actor,
            claim=claim_of(request),
            at=at,
        )
        remember_origin(payment=started.payment, origin=origin, at=at)
        return Response({"payment": _payment(started)}, status=201)


class PaymentView(APIView):
    """One payment, with what the customer needs to go on with it: the same object, never another one beside it."""

    permission_classes = (Allowed("orders.pay", order_token=True),)
    throttle_scope = "payment"

    @extend_schema(responses={200: AttemptOutput}, operation_id="payment_retrieve")
    def get(self, request: Request, payment_id: str) -> Response:
        payment = Payment.objects.select_related("gateway_account", "order").filter(public_id=payment_id).first()
        if payment is None:
            raise NotFound("there is no such payment")
        caller = caller_of(request, order_id=payment.ref, code="orders.pay", at=clock.now())
        is_buyer = caller.user is not None and caller.order.buyer_id == caller.user.pk
        if not is_buyer and caller.capacity is not Capacity.GUEST:
            raise NotYours("only the buyer pays for an order")
        return Response({"payment": _payment(reread(payment))})


class ConfirmView(APIView):
    """The customer says that they have paid: the gateway is asked at once, and its answer alone counts."""

    permission_classes = (Allowed("orders.pay", order_token=True),)
    throttle_scope = "payment"

    @extend_schema(request=ConfirmInput, responses={200: AttemptOutput}, operation_id="payment_confirm")
    @idempotent(required=False)
    def post(self, request: Request, payment_id: str) -> Response:
        at = clock.now()
        payment = Payment.objects.select_related("gateway_account").filter(public_id=payment_id).first()
        if payment is None:
            raise NotFound("there is no such payment")
        caller_of(request, order_id=payment.ref, code="orders.pay", at=at)
        given = ConfirmInput(data=request.data)
        given.is_valid(raise_exception=True)
        proof = {name: value for name, value in given.validated_data.items() if value}
        confirm(payment, proof=proof, at=at)
        payment.refresh_from_db()
        return Response({"payment": _payment(Started(payment=payment, client_secret="", redirect_url=""))})
