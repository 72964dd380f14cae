"""What an operator can do about a product: its stock, and whether it is sold at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from config.admin.acts import Act, Asked, Effect, rehearsing
from config.admin.panel import Tone
from orders.catalog.models import Product
from orders.catalog.rules import MAX_STOCK
from orders.catalog.services import Changes, adjust_stock, update_product


class StockForm(forms.Form):
    by = forms.IntegerField(
        label="How many more (with a minus: fewer)", min_value=-MAX_STOCK, max_value=MAX_STOCK, initial=0
    )


def _stock_effect(product: Product, user: Any, at: datetime) -> Effect:
    del user, at
    return Effect(
        summary=f"{product.stock:,} pieces may be sold now. Your number is added to what is left when you confirm.",
        cautions=("Pieces that an unpaid order keeps are not among them; they come back when it ends.",),
    )


def _adjust(product: Product, asked: Asked) -> str:
    by = asked.given["by"]
    stock = adjust_stock(product_id=product.pk, by=by, **asked.said)
    return f"{stock:,} pieces may be sold now."


def _take_off(product: Product, asked: Asked) -> bool:
    return update_product(product_id=product.pk, changes=Changes(is_active=False), **asked.said)


def _put_back(product: Product, asked: Asked) -> bool:
    return update_product(product_id=product.pk, changes=Changes(is_active=True), **asked.said)


def _shelf(product: Product) -> str:
    return "on sale" if product.is_active else "off the shelf"


ADJUST_STOCK = Act(
    name="adjust-stock",
    title="Change the stock…",
    confirm="Change the stock",
    code="products.write",
    effect=_stock_effect,
    do=_adjust,
    done="The stock was changed.",
    form=StockForm,
    fits=lambda product: not product.is_ticketed,
    # Sales go on while somebody types: the number is relative, so that it need not be decided anew after each.
    seen=lambda product: f"product {product.pk}",
)
TAKE_OFF = Act(
    name="take-off",
    title="Take off the shelf…",
    confirm="Take it off the shelf",
    code="products.write",
    effect=rehearsing(_take_off, "Nobody can order it any more. Orders that were placed go on."),
    do=_take_off,
    done="It is off the shelf.",
    fits=lambda product: bool(product.is_active),
    seen=_shelf,
    tone=Tone.BAD,
)
PUT_BACK = Act(
    name="put-back",
    title="Put back on the shelf…",
    confirm="Put it back on the shelf",
    code="products.write",
    effect=rehearsing(_put_back, "It can be ordered again."),
    do=_put_back,
    done="It is on the shelf again.",
    fits=lambda product: not product.is_active,
    seen=_shelf,
)
