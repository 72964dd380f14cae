"""Which order a caller may act on, and as whom: buyer, guest with the order's token, one of its sellers, or staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rest_framework.request import Request

from config.accounts.credentials import order_token
from config.accounts.models import User
from config.accounts.permissions import permits, permits_everyone
from config.kernel.errors import Forbidden, NotFound
from orders.order.access import check_access, check_return
from orders.order.models import Order


class Capacity(StrEnum):
    STAFF = "staff"
    BUYER = "buyer"
    GUEST = "guest"
    SELLER = "seller"


class NotYours(Forbidden):
    """This act belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts on the order, in which capacity."""

    order: Order
    capacity: Capacity
    actor: str
    user: User | None


def caller_of(request: Request, *, order_id: str, code: str, at: datetime) -> Caller:
    """The order and the capacity in which the caller may do `code` to it.

    Raises NotFound when the order is not there or not theirs: strangers learn nothing of it.
    """
    order = Order.objects.select_related("buyer").filter(public_id=order_id).first()
    if order is None:
        raise NotFound("there is no such order")
    user = request.user if isinstance(request.user, User) else None
    if user is not None and permits_everyone(request, code):
        return Caller(order, Capacity.STAFF, user.actor, user)
    if user is not None and permits(request, code):
        if order.buyer_id == user.pk:
            return Caller(order, Capacity.BUYER, user.actor, user)
        if order.fulfilments.filter(seller=user).exists():
            return Caller(order, Capacity.SELLER, user.actor, user)
    token = order_token(request.headers)
    is_open = bool(token) and check_access(order=order, token=token, at=at)
    if token and code == "orders.view":  # who comes back from the gateway's page looks, and does nothing else
        is_open = is_open or check_return(order=order, token=token, at=at)
    if is_open:
        return Caller(order, Capacity.GUEST, f"guest:{order.public_id}", user)
    raise NotFound("there is no such order")
