"""What orders have of a person: who bought, and what is not over of what they bought or sold."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet

from config.accounts.models import User
from config.erasure.contract import NOBODY, counted
from orders.catalog.models import Product
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order
from orders.order.states import OrderStatus

_RUNNING = (OrderStatus.PENDING_PAYMENT, OrderStatus.PAID, OrderStatus.DELIVERED)
_UNDELIVERED = (
    FulfilmentStatus.AWAITING,
    FulfilmentStatus.DELIVERED,
    FulfilmentStatus.CANCELLING,
    FulfilmentStatus.REVIEW,
)


def bought_by(person: User) -> QuerySet[Order]:
    """Their orders. What a guest bought under the same address is not theirs: nobody proved whose the address is."""
    return Order.objects.filter(buyer=person)


def open_things(*, person: User) -> list[str]:
    """Orders that are not over, parts of others' orders that they have to deliver, and products on sale."""
    return [
        *counted(bought_by(person).filter(status__in=_RUNNING).count(), "order is not over", "orders are not over"),
        *counted(
            Fulfilment.objects.filter(seller=person, status__in=_UNDELIVERED).count(),
            "sale is not completed",
            "sales are not completed",
        ),
        *counted(
            Product.objects.filter(seller=person, is_active=True).count(),
            "product of theirs is on sale",
            "products of theirs are on sale",
        ),
    ]


def erase(*, person: User, batch: int, at: datetime) -> int:
    """The address and what came with the cart; no link opens it any more. What was bought stays."""
    del at
    named = bought_by(person).exclude(email__endswith=f"@{NOBODY}").order_by("pk")
    gone = 0
    for pk, public_id in list(named.values_list("pk", "public_id")[:batch]):
        gone += Order.objects.filter(pk=pk).update(
            email=f"{public_id.lower()}@{NOBODY}",
            cart_metadata={},
            access_version=F("access_version") + 1,
        )
    return gone
