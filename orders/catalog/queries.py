"""Reads of the catalogue: what is on sale, and what is found."""

from __future__ import annotations

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from config.accounts.models import User
from orders.catalog.models import Price, Product
from orders.catalog.rules import clean_search


def listings() -> QuerySet[Product]:
    """Every product with its seller and prices, newest first."""
    prices = Prefetch("prices", queryset=Price.objects.order_by("currency"))
    return Product.objects.select_related("seller").prefetch_related(prices).order_by("-id")


def on_sale() -> QuerySet[Product]:
    """What everybody may see."""
    return listings().filter(is_active=True)


def on_sale_or_own(*, seller: User) -> QuerySet[Product]:
    """What a seller may see: also what they took off the shelf."""
    return listings().filter(Q(is_active=True) | Q(seller=seller))


def matching(products: QuerySet[Product], *, text: str) -> QuerySet[Product]:
    """Full-text search in web style (`red -blue "running shoe"`), or a SKU that begins with `text`.

    Raises InvalidProduct for text that is too long or holds control characters.
    """
    wanted = clean_search(text)
    if not wanted:
        return products
    words = SearchQuery(wanted, config="simple", search_type="websearch")
    return products.filter(Q(search=words) | Q(sku__istartswith=wanted))


def priced_in(
    products: QuerySet[Product], *, currency: str, at_least_minor: int | None = None, at_most_minor: int | None = None
) -> QuerySet[Product]:
    """Those with a price in `currency`, between the two amounts (inclusive) where they are given."""
    prices = Price.objects.filter(product=OuterRef("pk"), currency=currency)
    if at_least_minor is not None:
        prices = prices.filter(amount_minor__gte=at_least_minor)
    if at_most_minor is not None:
        prices = prices.filter(amount_minor__lte=at_most_minor)
    return products.filter(Exists(prices))
