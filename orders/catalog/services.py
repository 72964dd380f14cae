"""Verbs of the catalogue: list a product, change it, take from its stock and put back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from config.accounts.models import User
from config.audit.services import record
from config.kernel.errors import Conflict, NotFound
from orders.catalog import rules
from orders.catalog.models import Price, Product


class SkuTaken(Conflict):
    """Another product has this SKU."""

    code = "sku_taken"


class StockIsTickets(Conflict):
    """The stock of this product is its listed tickets: list more of them, or take some out."""

    code = "stock_is_tickets"


class HasPieces(Conflict):
    """This product has, or had, pieces without tickets; tickets are listed under a product of their own."""

    code = "has_pieces"


class OutOfStock(Conflict):
    """There are not as many pieces left as you want."""

    code = "out_of_stock"


@dataclass(frozen=True)
class Changes:
    """What to change of a product; None leaves it as it is. `prices` replaces them all, `stock` is the new count."""

    name: str | None = None
    description: str | None = None
    category: str | None = None
    stock: int | None = None
    is_active: bool | None = None
    prices: Mapping[str, int] | None = None


def create_product(
    *,
    seller: User,
    sku: str,
    name: str,
    prices: Mapping[str, int],
    stock: int,
    category: str = "",
    description: str = "",
    actor: str,
    at: datetime,
) -> Product:
    """Lists a product with its prices (minor units by currency).

    Raises InvalidProduct, UnknownCurrency, and SkuTaken where the SKU names another product.
    """
    clean_prices = rules.clean_prices(prices)
    product = Product(
        seller=seller,
        sku=rules.clean_sku(sku),
        name=rules.clean_name(name),
        description=rules.clean_description(description),
        category=rules.clean_category(category),
        stock=rules.clean_stock(stock),
        created_at=at,
        updated_at=at,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                product.save(force_insert=True)
        except IntegrityError as error:
            if "a_sku_names_one_product" in str(error):
                raise SkuTaken(f"{sku} names another product", field="sku") from None
            raise
        Price.objects.bulk_create(
            Price(product=product, currency=currency, amount_minor=amount) for currency, amount in clean_prices.items()
        )
        record(product, act="listed", actor=actor, at=at, facts={"stock": product.stock, "prices": clean_prices})
    return product


def update_product(*, product_id: int, changes: Changes, actor: str, at: datetime, reason: str = "") -> bool:
    """Changes a product (by its primary key) and keeps old and new values in the audit.

    Returns False and writes nothing when it already is like that. Stock is set under the row's lock: a sale that
    commits first is counted in what the audit calls the old stock. Raises InvalidProduct, UnknownCurrency, NotFound,
    and StockIsTickets for another count of a ticketed one.
    """
    wanted = _clean(changes)
    prices = None if changes.prices is None else rules.clean_prices(changes.prices)
    with transaction.atomic():
        # Not FOR UPDATE: the key does not change, and checkouts hold key-share locks on the products they sell.
        product = Product.objects.select_for_update(no_key=True).filter(pk=product_id).first()
        if product is None:
            raise NotFound
        columns = {name: value for name, value in wanted.items() if getattr(product, name) != value}
        if "stock" in columns and product.is_ticketed:
            raise StockIsTickets(field="stock")
        facts: dict[str, Any] = {name: [getattr(product, name), value] for name, value in columns.items()}
        if prices is not None:
            facts |= _replace_prices(product, prices)
        if not facts:
            return False
        Product.objects.filter(pk=product.pk).update(**columns, updated_at=at)
        record(product, act="changed", actor=actor, at=at, reason=reason, facts=facts)
    return True


def keep_gateway_ids(*, product_id: int, ids: Mapping[str, rules.GatewayIds], actor: str, at: datetime) -> bool:
    """Keeps what gateways call a product (by its primary key) and its prices; other accounts' names stay.

    Returns False and writes nothing when that is known. Raises NotFound, and InvalidProduct for a currency in which it
    has no price.
    """
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).filter(pk=product_id).first()
        if product is None:
            raise NotFound
        prices = {price.currency: price for price in product.prices.all()}
        before = _gateway_ids(product, prices)
        for account, named in ids.items():
            product.gateway_product_ids[account] = named.product
            for currency, price_id in named.prices.items():
                if currency not in prices:
                    raise rules.InvalidProduct(f"it has no price in {currency}", field="gateway_ids")
                prices[currency].gateway_price_ids[account] = price_id
        after = _gateway_ids(product, prices)
        if after == before:
            return False
        product.updated_at = at
        product.save(update_fields=["gateway_product_ids", "updated_at"])
        Price.objects.bulk_update(prices.values(), ["gateway_price_ids"])
        record(product, act="changed", actor=actor, at=at, facts={"gateway_ids": [before, after]})
    return True


def _gateway_ids(product: Product, prices: Mapping[str, Price]) -> dict[str, Any]:
    by_currency = {currency: dict(price.gateway_price_ids) for currency, price in prices.items()}
    return {"product": dict(product.gateway_product_ids), "prices": by_currency}


def adjust_stock(*, product_id: int, by: int, actor: str, at: datetime, reason: str) -> int:
    """Adds pieces to a product's stock (by its primary key), or takes some (`by` below zero); returns the new count.

    Unlike setting a count, it is right whatever is sold between looking and doing. Raises OutOfStock when there are
    not as many to take, InvalidProduct beyond what a stock may be, StockIsTickets, NotFound.
    """
    if type(by) is not int or not 0 < abs(by) <= rules.MAX_STOCK:
        raise rules.InvalidProduct(f"a whole number up to {rules.MAX_STOCK}, more or fewer", field="stock")
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).filter(pk=product_id).first()
        if product is None:
            raise NotFound
        if product.is_ticketed:
            raise StockIsTickets(field="stock")
        stock = product.stock + by
        if stock < 0:
            raise OutOfStock(f"{product.sku} has only {product.stock} left", field="stock", sku=product.sku)
        Product.objects.filter(pk=product.pk).update(stock=rules.clean_stock(stock), updated_at=at)
        record(product, act="changed", actor=actor, at=at, reason=reason, facts={"stock": [product.stock, stock]})
    return stock


def become_ticketed(*, product_id: int, actor: str, at: datetime) -> Product:
    """Locks a product (by its primary key) under which tickets are listed; with the first ones it becomes ticketed, for
    good. Raises NotFound, and HasPieces where pieces without tickets are on sale or were ever ordered: they would come
    back to its stock."""
    # FOR UPDATE: whoever has ordered it holds a key-share lock until they commit, and is seen afterwards.
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound("there is no such product")
    if not product.is_ticketed:
        if product.stock or product.order_lines.exists():
            raise HasPieces(field="product")
        Product.objects.filter(pk=product.pk).update(is_ticketed=True, updated_at=at)
        product.is_ticketed = True
        record(product, act="changed", actor=actor, at=at, facts={"is_ticketed": [False, True]})
    return product


def count_tickets(*, product_id: int, by: int) -> None:
    """Tickets of a product came on the shelf, or left it unsold, in the caller's transaction: its stock follows."""
    Product.objects.filter(pk=product_id, is_ticketed=True).update(stock=F("stock") + by)


def reserve(*, quantities: Mapping[int, int], ticketed: Collection[int] = ()) -> None:
    """Takes pieces (product's primary key → quantity) from the stock, all or none.

    One conditional UPDATE per product is the whole check, so nobody can come between reading and writing; ascending
    ids, so that two carts with the same products never wait for each other in a circle. Of the `ticketed` ones the
    caller has reserved as many tickets: one that became ticketed since the cart was priced has none for it. Raises
    OutOfStock naming the first SKU that has too few or is no longer sold; then nothing is taken.
    """
    with transaction.atomic():
        for product_id, quantity in sorted(quantities.items()):
            enough = Product.objects.filter(
                pk=product_id, is_active=True, stock__gte=quantity, is_ticketed=product_id in ticketed
            )
            if not enough.update(stock=F("stock") - quantity):
                sku = Product.objects.values_list("sku", flat=True).get(pk=product_id)
                raise OutOfStock(f"{sku} has fewer than {quantity} left", field="items", sku=sku)


def return_stock(*, quantities: Mapping[int, int]) -> None:
    """Puts pieces (product's primary key → quantity) back on the shelf, in the order in which they are taken."""
    with transaction.atomic():
        for product_id, quantity in sorted(quantities.items()):
            Product.objects.filter(pk=product_id).update(stock=F("stock") + quantity)


def _clean(changes: Changes) -> dict[str, Any]:
    checks: dict[str, Callable[[Any], Any]] = {
        "name": rules.clean_name,
        "description": rules.clean_description,
        "category": rules.clean_category,
        "stock": rules.clean_stock,
        "is_active": bool,
    }
    given = {name: getattr(changes, name) for name in checks}
    return {name: checks[name](value) for name, value in given.items() if value is not None}


def _replace_prices(product: Product, prices: Mapping[str, int]) -> dict[str, Any]:
    """Writes what differs. A price that changed is a new one to the gateways: theirs cannot be changed."""
    old = {price.currency: price.amount_minor for price in product.prices.all()}
    if old == prices:
        return {}
    product.prices.exclude(currency__in=prices).delete()
    changed = [currency for currency, amount in prices.items() if old.get(currency) != amount]
    Price.objects.bulk_create(
        (Price(product=product, currency=currency, amount_minor=prices[currency]) for currency in changed),
        update_conflicts=True,
        unique_fields=["product", "currency"],
        update_fields=["amount_minor", "gateway_price_ids"],
    )
    return {"prices": [old, dict(prices)]}
