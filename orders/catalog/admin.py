"""Products, as operators see them. They are listed and changed through the API by their sellers."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.money import show_money
from config.admin.panel import Figure, Tone
from config.admin.parts import Fact, Facts, Figures, part
from config.admin.show import badge, code, row_link, when
from orders.catalog.acts import ADJUST_STOCK, PUT_BACK, TAKE_OFF
from orders.catalog.models import Product
from orders.catalog.rules import SKU


@part("products.view", "Stock and prices")
def shelf(row: Product, at: datetime) -> Figures:
    """What may still be promised, and what a piece costs in each currency."""
    del at
    stock = Figure("In stock", f"{row.stock:,}", Tone.GOOD if row.stock else Tone.WARNING)
    return Figures(
        (stock, *(Figure(price.currency, show_money(price.money)) for price in row.prices.order_by("currency")))
    )


@part("products.view", "Product")
def about(row: Product, at: datetime) -> Facts:
    """What it is and who offers it."""
    del at
    return Facts(
        "Product",
        (
            Fact("Id", code(row.public_id)),
            Fact("SKU", code(row.sku)),
            Fact("Seller", row_link(row.seller, row.seller.called)),
            Fact("Category", row.category or "–"),
            Fact("Description", row.description or "–"),
            Fact("Listed", when(row.created_at)),
            Fact("Changed", when(row.updated_at)),
        ),
    )


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """What is on offer, and what was taken off the shelf."""

    list_display = ("title", "state", "name", "category", "stock", "seller_shown")
    list_select_related = ("seller",)
    searched = "SKU or product id (prd_…)"
    heavy = ("description", "search")
    parts = (shelf, about, history)
    acts = (ADJUST_STOCK, TAKE_OFF, PUT_BACK)

    def finds(self, term: str) -> bool:
        return term.startswith("prd_") or bool(SKU.fullmatch(term) and "_" not in term)

    def find(self, term: str) -> Q | None:
        return Q(public_id=term) if term.startswith("prd_") else Q(sku=term)

    def headline(self, row: Product, *, at: datetime) -> Headline:
        del at
        return Headline(row.name, (badge("active" if row.is_active else "off the shelf"),))

    title = cell("SKU", lambda row: code(row.sku))
    state = cell("state", lambda row: badge("active" if row.is_active else "off the shelf"))
    seller_shown = cell("seller", lambda row: row.seller.called)
