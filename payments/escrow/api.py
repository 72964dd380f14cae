"""The doors that end an order: the buyer is content, or somebody cancels."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.permissions import Allowed
from config.idempotency.doors import idempotent
from config.kernel import clock
from config.kernel.errors import NotFound
from orders.fields import MaskedText
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.doors import Caller, Capacity, NotYours, caller_of
from orders.order.models import Order
from orders.order.queries import with_parts
from orders.order.serializers import order_json
from payments.charges.services.close import cancel_unpaid
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.release import complete_fulfilment
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import cancel_by_staff
from payments.refunds.states import RefundStatus


class MoveInput(serializers.Serializer):
    fulfilment = serializers.CharField(max_length=36, required=False, help_text="all of the caller's where left out")
    reason = MaskedText(max_length=500, required=False, default="", allow_blank=True)


class FulfilmentOutput(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.CharField()


class MoveOutput(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.CharField()
    payment_status = serializers.CharField()
    fulfilments = FulfilmentOutput(many=True)
    refunds_to_approve = serializers.ListField(
        child=serializers.CharField(), help_text="to staff: refunds of this order that wait for a second person"
    )


def _moved(caller: Caller) -> Response:
    """The order after its move, as this caller sees it: a seller's eyes meet only their own part."""
    seller = caller.user if caller.capacity == Capacity.SELLER else None
    order = with_parts(Order.objects.filter(pk=caller.order.pk), seller=seller).get()
    shown = order_json(order, capacity=caller.capacity)
    waiting = Refund.objects.filter(payment__order=order, status=RefundStatus.REQUESTED).order_by("pk")
    return Response(
        {
            **{name: shown[name] for name in ("id", "status", "payment_status")},
            "fulfilments": [{"id": part["id"], "status": part["status"]} for part in shown["fulfilments"]],
            "refunds_to_approve": (
                list(waiting.values_list("public_id", flat=True)) if caller.capacity == Capacity.STAFF else []
            ),
        }
    )


def _parts(caller: Caller, named: str | None) -> list[Fulfilment]:
    """The fulfilments that the act is about: the named one, or all that are the caller's. Raises NotFound."""
    parts = caller.order.fulfilments.order_by("pk")
    if caller.capacity == Capacity.SELLER:
        parts = parts.filter(seller=caller.user)
    if named:
        parts = parts.filter(public_id=named)
    found = list(parts)
    if not found:
        raise NotFound("there is no such fulfilment")
    return found


def _cancellable(parts: list[Fulfilment]) -> list[Fulfilment]:
    """Those that nobody delivered yet; where none is left, the verb itself says why not (or that it is done)."""
    return [part for part in parts if part.status == FulfilmentStatus.AWAITING] or parts


class CompleteView(APIView):
    """The buyer (or staff) confirms what was delivered; the money becomes the seller's. Never the seller."""

    permission_classes = (Allowed("orders.complete", order_token=True),)

    @extend_schema(request=MoveInput, responses={200: MoveOutput}, operation_id="order_complete")
    @idempotent(required=False)
    def post(self, request: Request, order_id: str) -> Response:
        given = MoveInput(data=request.data)
        given.is_valid(raise_exception=True)
        at, named = clock.now(), given.validated_data.get("fulfilment")
        caller = caller_of(request, order_id=order_id, code="orders.complete", at=at)
        if caller.capacity == Capacity.SELLER:
            raise NotYours("a seller cannot complete their own delivery")
        for part in _parts(caller, named):
            if caller.user is not None and part.seller_id == caller.user.pk:
                raise NotYours("a seller cannot complete their own delivery")
            if named or part.status == "delivered":
                complete_fulfilment(
                    fulfilment_pk=part.pk, actor=caller.actor, reason=given.validated_data["reason"], at=at
                )
        return _moved(caller)


class CancelView(APIView):
    """The buyer cancels while nothing is paid; a seller their part, staff any part, before it is delivered."""

    permission_classes = (Allowed("orders.cancel", order_token=True),)

    @extend_schema(request=MoveInput, responses={200: MoveOutput}, operation_id="order_cancel")
    @idempotent(required=False)
    def post(self, request: Request, order_id: str) -> Response:
        given = MoveInput(data=request.data)
        given.is_valid(raise_exception=True)
        at, reason = clock.now(), given.validated_data["reason"]
        caller = caller_of(request, order_id=order_id, code="orders.cancel", at=at)
        if caller.order.status in ("pending_payment", "cancelled") and caller.capacity != Capacity.SELLER:
            cancel_unpaid(order_id=order_id, actor=caller.actor, reason=reason or "cancelled", at=at)
            return _moved(caller)
        if caller.capacity not in (Capacity.SELLER, Capacity.STAFF):
            raise NotYours("a paid order is cancelled by its seller or by staff")
        for part in _cancellable(_parts(caller, given.validated_data.get("fulfilment"))):
            _cancel(caller, part, reason=reason or "cancelled", at=at)
        return _moved(caller)


def _cancel(caller: Caller, part: Fulfilment, *, reason: str, at: datetime) -> None:
    """A seller gives their own money back; what staff cancel counts as their request of its refund."""
    if caller.capacity != Capacity.STAFF:
        cancel_fulfilment(fulfilment_pk=part.pk, actor=caller.actor, reason=reason, at=at)
        return
    cancel_by_staff(fulfilment_pk=part.pk, requester=caller.actor, reason=reason, policy=settings.POLICY, at=at)
