"""How an order is shown: to each capacity no more than what concerns it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from config.kernel.money import Money
from orders.fields import Amount
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.doors import Capacity
from orders.order.models import Order, OrderLine
from orders.order.states import OrderStatus, PaymentStatus


class LineFees(serializers.Serializer):
    platform_fee = Amount()
    gateway_fee = Amount()
    tax = Amount()
    withheld = Amount()


class OrderLineOutput(serializers.Serializer):
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    quantity = serializers.IntegerField()
    unit = Amount()
    amount = Amount()
    refunded = Amount()
    fulfilment = serializers.CharField()
    fees = LineFees(allow_null=True, help_text="for the seller and staff")


class OrderFulfilmentOutput(serializers.Serializer):
    id = serializers.CharField()
    seller = serializers.CharField()
    status = serializers.ChoiceField(choices=FulfilmentStatus.values)
    amount = Amount()
    deliver_by = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    release_at = serializers.DateTimeField(allow_null=True, help_text="completed by itself then")


class OrderOutput(serializers.Serializer):
    """To a seller, amounts, lines, fulfilments and payment status are those of their own part."""

    id = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.values)
    payment_status = serializers.ChoiceField(choices=PaymentStatus.values)
    total = Amount()
    paid = Amount()
    refunded = Amount()
    email = serializers.EmailField(allow_null=True, help_text="not for sellers")
    cart_metadata = serializers.JSONField(allow_null=True, help_text="not for sellers")
    reserved_until = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    lines = OrderLineOutput(many=True)
    fulfilments = OrderFulfilmentOutput(many=True)


def order_json(order: Order, *, capacity: Capacity) -> dict[str, Any]:
    """An order as the API shows it; its lines and fulfilments are loaded for this capacity (`queries.with_parts`)."""
    is_seller = capacity == Capacity.SELLER
    lines, parts = list(order.lines.all()), list(order.fulfilments.all())
    total_minor, paid_minor, refunded_minor = order.total_minor, order.applied_minor, order.refunded_minor
    if is_seller:
        total_minor = sum(line.amount_minor for line in lines)
        paid_minor = total_minor if order.paid_at else 0
        refunded_minor = sum(line.refunded_minor for line in lines)
    return {
        "id": order.public_id,
        "status": order.status,
        "payment_status": own_payment_status(order, lines) if is_seller else order.payment_status,
        "total": _amount(total_minor, order),
        "paid": _amount(paid_minor, order),
        "refunded": _amount(refunded_minor, order),
        "email": None if is_seller else order.email,
        "cart_metadata": None if is_seller else order.cart_metadata,
        "reserved_until": order.reserved_until,
        "created_at": order.created_at,
        "paid_at": order.paid_at,
        "closed_at": order.closed_at,
        "lines": [_line(line, order, with_fees=capacity in (Capacity.SELLER, Capacity.STAFF)) for line in lines],
        "fulfilments": [_part(part, order) for part in parts],
    }


def own_payment_status(order: Order, lines: Sequence[OrderLine]) -> str:
    """Where the money of these lines stands, for a seller whose they are: what went back of another's part is not
    theirs to know. A dispute and its loss are about the whole payment, theirs with it."""
    whole = (PaymentStatus.DISPUTED, PaymentStatus.CHARGED_BACK)
    if order.paid_at is None or order.payment_status in whole:
        return str(order.payment_status)
    refunded_minor = sum(line.refunded_minor for line in lines)
    if not refunded_minor:
        return PaymentStatus.PAID
    is_all = refunded_minor == sum(line.amount_minor for line in lines)
    return PaymentStatus.REFUNDED if is_all else PaymentStatus.PARTIALLY_REFUNDED


def _line(line: OrderLine, order: Order, *, with_fees: bool) -> dict[str, Any]:
    fees = {
        "platform_fee": _amount(line.platform_fee_minor, order),
        "gateway_fee": _amount(line.gateway_fee_minor, order),
        "tax": _amount(line.tax_minor, order),
        "withheld": _amount(line.withheld_minor, order),
    }
    return {
        "sku": line.sku,
        "name": line.name,
        "category": line.category,
        "quantity": line.quantity,
        "unit": _amount(line.unit_minor, order),
        "amount": _amount(line.amount_minor, order),
        "refunded": _amount(line.refunded_minor, order),
        "fulfilment": line.fulfilment.public_id,
        "fees": fees if with_fees else None,
    }


def _part(part: Fulfilment, order: Order) -> dict[str, Any]:
    return {
        "id": part.public_id,
        "seller": part.seller.public_id,
        "status": part.status,
        "amount": _amount(part.amount_minor, order),
        "deliver_by": part.deliver_by,
        "delivered_at": part.delivered_at,
        "release_at": part.release_at,
    }


def _amount(amount_minor: int, order: Order) -> dict[str, Any]:
    return Money(amount_minor, order.currency).as_json()
