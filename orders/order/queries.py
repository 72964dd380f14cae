"""Reads of orders: the lock that every change begins with, and who sees which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery

from config.accounts.models import User
from config.kernel.errors import NotFound
from config.ops import context
from orders.catalog.models import Price, Product
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order, OrderLine
from orders.order.rules import Offer


def lock_order(public_id: str) -> Order:
    """The order by its public id, locked until the transaction ends: the first lock of every change. Raises NotFound.

    FOR UPDATE, as `move()` takes it: a weaker lock here would have to be raised there, and two that raise at the
    same time stand still for ever.
    """
    order = Order.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if order is None:
        raise NotFound("there is no such order")
    context.bind(order_id=public_id)  # whatever is logged about this change can be found by its order
    return order


def lock_again(order: Order) -> None:
    """Locks a row that somebody read before, and brings it up to date in place."""
    order.refresh_from_db(from_queryset=Order.objects.select_for_update(of=("self",)))


def keeps_money(order: Order) -> bool:
    """Whether a part that was not cancelled has money that no refund and no lost dispute took of its lines; one that
    bounced and is still owed took it."""
    live = order.lines.exclude(fulfilment__status=FulfilmentStatus.CANCELLED)
    return live.filter(amount_minor__gt=F("refunded_minor")).exists()


def offers(*, skus: Iterable[str], currency: str) -> dict[str, Offer]:
    """What these SKUs are and cost in `currency`, in one read. Unknown SKUs are missing."""
    price = Price.objects.filter(product=OuterRef("pk"), currency=currency).values("amount_minor")
    products = Product.objects.filter(sku__in=list(skus)).annotate(unit_minor=Subquery(price))
    return {
        product.sku: Offer(
            product_id=product.pk,
            seller_id=product.seller_id,
            sku=product.sku,
            name=product.name,
            category=product.category,
            is_active=product.is_active,
            unit_minor=product.unit_minor,
            is_ticketed=product.is_ticketed,
        )
        for product in products
    }


def accepted_terms(*, buyer: User, version: str) -> datetime | None:
    """When this buyer accepted this version of the terms, by an earlier order of theirs."""
    earlier = Order.objects.filter(buyer=buyer, terms_version=version, terms_accepted_at__isnull=False)
    return earlier.order_by("-id").values_list("terms_accepted_at", flat=True).first()


def with_parts(orders: QuerySet[Order], *, seller: User | None = None) -> QuerySet[Order]:
    """With lines and fulfilments loaded, newest first; a seller's eyes meet only their own."""
    lines = OrderLine.objects.select_related("fulfilment").order_by("position")
    parts = Fulfilment.objects.select_related("seller").order_by("id")
    if seller is not None:
        lines, parts = lines.filter(fulfilment__seller=seller), parts.filter(seller=seller)
    return orders.prefetch_related(Prefetch("lines", queryset=lines), Prefetch("fulfilments", queryset=parts)).order_by(
        "-id"
    )


def pieces(lines: QuerySet[OrderLine]) -> Counter[int]:
    """Product's primary key → pieces of it on these lines; tickets are counted by themselves."""
    counted: Counter[int] = Counter()
    for product_id, quantity in lines.filter(product__is_ticketed=False).values_list("product_id", "quantity"):
        counted[product_id] += quantity
    return counted
