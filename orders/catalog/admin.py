"""The operator's pages of what is for sale."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.admin.acts import Act, Asked, Effect, by_rehearsal
from config.admin.base import Headline, ReadOnlyAdmin
from config.admin.keyset import flag_filter
from config.admin.money import show_money
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, Table, columns, part
from config.admin.show import badge, code, row_link, when
from orders.catalog.models import Product
from orders.catalog.rules import MAX_STOCK, SKU
from orders.catalog.services import Changes, adjust_stock, update_product


def _shelf(product: Product) -> SafeString:
    return badge("on sale", tone=Tone.GOOD) if product.is_active else badge("off the shelf")


@part("products.view", "Product")
def facts(product: Product, at: datetime) -> Facts:
    del at
    return Facts(
        "Product",
        (
            Fact("Id", code(product.public_id)),
            Fact("SKU", code(product.sku)),
            Fact("Seller", row_link(product.seller, product.seller.email)),
            Fact("Category", product.category or "–", "decides how long its seller has to deliver"),
            Fact("Stock", f"{product.stock:,}", "what may still be promised"),
            Fact("Listed", when(product.created_at)),
            Fact("Changed", when(product.updated_at)),
            Fact("Description", product.description or "–"),
        ),
    )


@part("products.view", "Prices")
def prices(product: Product, at: datetime) -> Table:
    del at
    rows = tuple(
        (price.currency, show_money(price.money), ", ".join(sorted(price.gateway_price_ids.values())) or "–")
        for price in product.prices.order_by("currency")
    )
    return Table("Prices", columns("Currency", "#Price", "At the gateways"), rows, empty="It has no price.")


class StockForm(forms.Form):
    by = forms.IntegerField(
        label="How many more (or, with a minus, fewer)", min_value=-MAX_STOCK, max_value=MAX_STOCK, initial=0
    )


def _change_shelf(product: Product, asked: Asked, *, is_active: bool) -> bool:
    changes = Changes(is_active=is_active)
    return update_product(product_id=product.pk, changes=changes, actor=asked.actor, at=asked.at, reason=asked.reason)


def _shelf_effect(is_active: bool, summary: str) -> Any:
    def effect(product: Product, user: Any, at: datetime) -> Effect:
        changes = Changes(is_active=is_active)
        return by_rehearsal(
            summary, lambda: update_product(product_id=product.pk, changes=changes, actor=user.actor, at=at)
        )

    return effect


def _stock_effect(product: Product, user: Any, at: datetime) -> Effect:
    del user, at
    return Effect(
        summary=f"{product.stock:,} pieces may be sold now; the number that you give is added to what is left then.",
        cautions=("Pieces that an unpaid order keeps are not counted; they come back when it ends.",),
    )


def _adjust(product: Product, asked: Asked) -> str:
    stock = adjust_stock(
        product_id=product.pk, by=asked.given["by"], actor=asked.actor, at=asked.at, reason=asked.reason
    )
    return f"{stock:,} pieces may be sold now."


def _key(product: Product) -> str:
    return f"product {product.pk}"


ADJUST_STOCK = Act(
    name="adjust-stock",
    title="Change the stock",
    code="products.write",
    effect=_stock_effect,
    do=_adjust,
    done="The stock was changed.",
    form=StockForm,
    # Sales go on while somebody types: the number is relative, so that it need not be decided anew each time.
    seen=_key,
)
TAKE_OFF = Act(
    name="take-off",
    title="Take off the shelf",
    code="products.write",
    effect=_shelf_effect(False, "Nobody can order it any more. Orders that were placed go on."),
    do=lambda product, asked: _change_shelf(product, asked, is_active=False),
    done="It is off the shelf.",
    fits=lambda product: product.is_active,
    seen=lambda product: str(product.is_active),
    tone=Tone.BAD,
)
PUT_BACK = Act(
    name="put-back",
    title="Put back on the shelf",
    code="products.write",
    effect=_shelf_effect(True, "It can be ordered again."),
    do=lambda product, asked: _change_shelf(product, asked, is_active=True),
    done="It is on the shelf again.",
    fits=lambda product: not product.is_active,
    seen=lambda product: str(product.is_active),
)


class ProductAdmin(ReadOnlyAdmin):
    list_display = ("the_sku", "name", "the_seller", "category", "stock", "the_prices", "the_shelf", "changed")
    list_select_related = ("seller",)
    list_filter = (flag_filter("shelf", "is_active", "on sale", "off the shelf"),)
    searched = "SKU or product id"
    heavy = ("search", "description")
    parts = (facts, prices)
    acts = (ADJUST_STOCK, TAKE_OFF, PUT_BACK)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("prices")

    def headline(self, row: Product, *, at: datetime) -> Headline:
        del at
        step = f"{row.stock:,} pieces may be sold." if row.is_active else "It cannot be ordered."
        return Headline(title=f"{row.sku} · {row.name}", badges=(_shelf(row),), next_step=step)

    def find(self, term: str) -> Q | None:
        return Q(public_id=term) if term.startswith("prd_") else Q(sku=term) if SKU.fullmatch(term) else None

    def finds(self, term: str) -> bool:
        return term.startswith("prd_") or SKU.fullmatch(term) is not None

    @admin.display(description="SKU")
    def the_sku(self, row: Product) -> SafeString:
        return row_link(row, code(row.sku))

    @admin.display(description="seller")
    def the_seller(self, row: Product) -> SafeString:
        return row_link(row.seller, row.seller.email)

    @admin.display(description="prices")
    def the_prices(self, row: Product) -> str:
        return " · ".join(show_money(price.money) for price in sorted(row.prices.all(), key=lambda p: p.currency))

    @admin.display(description="shelf")
    def the_shelf(self, row: Product) -> SafeString:
        return _shelf(row)

    @admin.display(description="changed")
    def changed(self, row: Product) -> SafeString:
        return when(row.updated_at)
