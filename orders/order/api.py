"""The doors to orders: who bought, who sells in it and staff look at it; a seller says that it was delivered."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.accounts.models import User
from config.accounts.permissions import Allowed, permits_everyone
from config.idempotency.doors import idempotent
from config.kernel.clock import now
from config.kernel.errors import NotFound
from config.ops.context import bind
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.fulfilment.states import FulfilmentStatus
from orders.order.doors import Caller, Capacity, caller_of
from orders.order.models import Order
from orders.order.own import OwnOrders
from orders.order.queries import with_parts
from orders.order.serializers import OrderOutput, order_json
from orders.order.states import OrderStatus


class OrderQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=OrderStatus.values, required=False)


class DeliverInput(serializers.Serializer):
    fulfilment = serializers.CharField(max_length=36, required=False, help_text="all of the caller's where left out")
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class OrdersView(GenericAPIView):
    """Orders, newest first."""

    permission_classes = (Allowed("orders.view"),)
    serializer_class = OrderOutput
    filter_backends = ()
    queryset = Order.objects.none()

    @extend_schema(parameters=[OrderQuery], responses=OrderOutput(many=True), operation_id="orders_list")
    def get(self, request: Request) -> Response:
        """What one has bought and what one sells in; staff see all."""
        asked = OrderQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        user = cast("User", request.user)
        if permits_everyone(request, "orders.view"):
            seen: Any = with_parts(Order.objects.all())
        else:
            seen = OwnOrders(user)
        page = self.paginate_queryset(cast("QuerySet[Order]", seen.filter(**asked.validated_data))) or []
        return self.get_paginated_response([_shown(order, request, user) for order in page])


class OrderView(GenericAPIView):
    """One order."""

    permission_classes = (Allowed("orders.view", order_token=True),)
    serializer_class = OrderOutput
    queryset = Order.objects.none()

    @extend_schema(responses=OrderOutput, operation_id="orders_retrieve")
    def get(self, request: Request, order_id: str) -> Response:
        """For its buyer, its sellers, staff, and a guest with the order's token."""
        bind(order_id=order_id)
        return _answer(caller_of(request, order_id=order_id, code="orders.view", at=now()))


class DeliverView(GenericAPIView):
    """Delivery."""

    permission_classes = (Allowed("orders.deliver"),)
    serializer_class = OrderOutput
    queryset = Order.objects.none()

    @extend_schema(request=DeliverInput, responses=OrderOutput, operation_id="orders_deliver")
    @idempotent(required=False)
    def post(self, request: Request, order_id: str) -> Response:
        """Its seller (or staff) says that a part was delivered; told twice it stays as it is."""
        given = DeliverInput(data=request.data)
        given.is_valid(raise_exception=True)
        at = now()
        bind(order_id=order_id)
        caller = caller_of(request, order_id=order_id, code="orders.deliver", at=at)
        with transaction.atomic():
            for part in _delivered_by(caller, given.validated_data.get("fulfilment")):
                deliver(
                    fulfilment=part,
                    actor=caller.actor,
                    by_staff=caller.capacity == Capacity.STAFF,
                    at=at,
                    policy=settings.POLICY,
                    reason=given.validated_data["reason"],
                )
        return _answer(caller)


def _delivered_by(caller: Caller, named: str | None) -> list[Fulfilment]:
    """The named part, or all that the caller may deliver and that wait for it. Raises NotFound."""
    parts = Fulfilment.objects.filter(order=caller.order).order_by("id")
    if caller.capacity != Capacity.STAFF:
        parts = parts.filter(seller=caller.user)
    if named is not None:
        parts = parts.filter(public_id=named)
    found = list(parts)
    if not found:
        raise NotFound("there is no such fulfilment")
    # Where none waits, the verb itself says why not (or that it is done already).
    return [part for part in found if part.status == FulfilmentStatus.AWAITING] or found


def _answer(caller: Caller) -> Response:
    seller = caller.user if caller.capacity == Capacity.SELLER else None
    order = with_parts(Order.objects.filter(pk=caller.order.pk), seller=seller).get()
    return Response(order_json(order, capacity=caller.capacity))


def _shown(order: Order, request: Request, user: User) -> dict[str, Any]:
    if permits_everyone(request, "orders.view"):
        return order_json(order, capacity=Capacity.STAFF)
    capacity = Capacity.BUYER if order.buyer_id == user.pk else Capacity.SELLER
    return order_json(order, capacity=capacity)
