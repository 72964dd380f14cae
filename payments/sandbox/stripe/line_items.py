"""What a Checkout Session sells: priced lines."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.stripe.amounts import known_currency
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import invalid, missing_parameter, resource_missing
from payments.sandbox.stripe.params import Params, merge_metadata


def read_lines(call: Call) -> list[dict[str, Any]]:
    """The request's `line_items` as Stripe shows them; raises 400 for none, for two currencies, for a stored price.

    The sandbox keeps no products and prices: each line brings its own `price_data`.
    """
    given = call.params.inners("line_items")
    if not given:
        raise missing_parameter("line_items")
    lines = [_line(call, each) for each in given]
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("Line items must all have the same currency.", param="line_items")
    return lines


def _line(call: Call, given: Params) -> dict[str, Any]:
    given.only("price", "price_data", "quantity", "adjustable_quantity", "metadata")
    price_id = given.text("price")
    if price_id is not None:
        raise resource_missing(kind="price", object_id=price_id, param=given.name("price"), in_path=False)
    data = given.inner("price_data")
    if data is None:
        raise missing_parameter(given.name("price_data"))
    quantity = given.positive("quantity")
    if quantity is None:
        raise missing_parameter(given.name("quantity"))
    price, name = _price(call, data)
    total = price["unit_amount"] * quantity
    return {
        "id": new_id(prefix="li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": name,
        "metadata": merge_metadata({}, given),
        "price": price,
        "quantity": quantity,
    }


def _price(call: Call, data: Params) -> tuple[dict[str, Any], str]:
    data.only("currency", "unit_amount", "unit_amount_decimal", "product", "product_data", "tax_behavior")
    currency = known_currency(data.required_text("currency"))
    unit_amount = data.integer("unit_amount")
    if unit_amount is None:
        raise missing_parameter(data.name("unit_amount"))
    if unit_amount < 0:
        raise invalid("Invalid non-negative integer", param=data.name("unit_amount"), code="parameter_invalid_integer")
    product = data.inner("product_data")
    if product is None:
        raise missing_parameter(data.name("product_data"))
    name = product.required_text("name")
    price = {
        "id": new_id(prefix="price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": call.now_s,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id(prefix="prod", length=14),
        "recurring": None,
        "tax_behavior": data.text("tax_behavior") or "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }
    return price, name
