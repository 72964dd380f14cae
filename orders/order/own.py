"""What one person bought and what they sold, as one list, newest first."""

from __future__ import annotations

from typing import Any

from config.accounts.models import User
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.order.queries import with_parts


class OwnOrders:
    """What a keyset page needs of a queryset, over two tables, at the cost of two short index scans however far one
    pages.

    One query with OR would read everything that ever belonged to the person, or walk through everybody's orders
    until it found theirs; a join would walk from the newest sale down to the page. An order that somebody both bought
    and sold in is shown as what they bought.
    """

    def __init__(self, user: User, *, is_descending: bool = True, **conditions: Any) -> None:
        self._user, self._is_descending, self._conditions = user, is_descending, conditions

    def filter(self, **conditions: Any) -> OwnOrders:
        """By columns of the order: `status`, `id__lt`, `id__gt`."""
        return OwnOrders(self._user, is_descending=self._is_descending, **self._conditions, **conditions)

    def order_by(self, field: str) -> OwnOrders:
        """By `id` or `-id`."""
        return OwnOrders(self._user, is_descending=field.startswith("-"), **self._conditions)

    def __getitem__(self, window: slice) -> list[Order]:
        sign = "-" if self._is_descending else ""
        bought = Order.objects.filter(buyer=self._user, **self._conditions).order_by(f"{sign}id")
        sold = Fulfilment.objects.filter(seller=self._user, **_of_fulfilment(self._conditions))
        bought_ids = set(bought.values_list("pk", flat=True)[window])
        sold_ids = set(sold.order_by(f"{sign}order_id").values_list("order_id", flat=True)[window]) - bought_ids
        page = sorted(bought_ids | sold_ids, reverse=self._is_descending)[window]
        orders: dict[int, Order] = {}
        for ids, seller in ((bought_ids, None), (sold_ids, self._user)):
            orders |= {order.pk: order for order in with_parts(Order.objects.filter(pk__in=ids), seller=seller)}
        return [orders[pk] for pk in page]


def _of_fulfilment(conditions: dict[str, Any]) -> dict[str, Any]:
    """The same conditions said of a fulfilment, so that its own index is entered at the right place."""
    return {
        name.replace("id__", "order_id__", 1) if name.startswith("id__") else f"order__{name}": value
        for name, value in conditions.items()
    }
