"""What a listing must look like before it is written: plain values in, clean values out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config.kernel.errors import Invalid
from config.kernel.money import EXPONENTS
from config.ops.redaction import mask

# "The amount value supports up to eight digits": stripe-python 16, PaymentIntentCreateParams.amount.
MAX_AMOUNT_MINOR = 99_999_999
MAX_STOCK = 1_000_000_000
MAX_NAME = 200
MAX_DESCRIPTION = 5_000
MAX_SEARCH = 200
SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
GATEWAY_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
CATEGORY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class InvalidProduct(Invalid):
    """A listing's field does not hold what it must."""

    code = "invalid_product"


class UnknownCurrency(Invalid):
    """We do not know this currency."""

    code = "unknown_currency"


def clean_sku(value: Any) -> str:
    """1 to 64 letters, digits, dots, dashes and underscores, as a seller prints them on a label."""
    if not isinstance(value, str) or not SKU.fullmatch(value):
        raise InvalidProduct("1 to 64 letters, digits, '.', '-' or '_', starting with a letter or digit", field="sku")
    return value


def clean_name(value: Any) -> str:
    """One line of text, stripped, with card numbers masked: card data never touches us."""
    return mask(_text(value, field="name", longest=MAX_NAME, required=True))


def clean_description(value: Any) -> str:
    """Several lines of text, stripped, with card numbers masked; may be empty."""
    return mask(_text(value, field="description", longest=MAX_DESCRIPTION, allowed="\n\t"))


def clean_category(value: Any) -> str:
    """A lower-case word with dashes, or nothing. Delivery times are set by it."""
    if value == "":
        return ""
    if not isinstance(value, str) or not CATEGORY.fullmatch(value):
        raise InvalidProduct("up to 60 lower-case letters, digits and dashes", field="category")
    return value


def clean_stock(value: Any) -> int:
    """A whole number of pieces. `True` is not one piece."""
    if type(value) is not int or not 0 <= value <= MAX_STOCK:
        raise InvalidProduct(f"a whole number from 0 to {MAX_STOCK}", field="stock")
    return value


def clean_prices(value: Mapping[Any, Any]) -> dict[str, int]:
    """At least one price above zero, in minor units by known currency."""
    if not value:
        raise InvalidProduct("a product has a price in one currency at least", field="prices")
    prices = {}
    for currency, amount_minor in value.items():
        prices[clean_currency(currency, field="prices")] = amount_minor
        if type(amount_minor) is not int or not 0 < amount_minor <= MAX_AMOUNT_MINOR:
            raise InvalidProduct(f"whole minor units from 1 to {MAX_AMOUNT_MINOR}", field="prices")
    return prices


def clean_currency(value: Any, *, field: str = "currency") -> str:
    """An ISO 4217 code in capitals that our table of exponents knows. Raises UnknownCurrency."""
    if not isinstance(value, str) or value not in EXPONENTS:
        raise UnknownCurrency(field=field)
    return value


@dataclass(frozen=True, slots=True)
class GatewayIds:
    """What one gateway account calls a product, and its price in each currency."""

    product: str
    prices: Mapping[str, str]


def clean_gateway_ids(value: Any, *, accounts: Iterable[str]) -> dict[str, GatewayIds]:
    """By account: `{"stripe": {"product": "prod_1", "prices": {"USD": "price_1"}}}`."""
    refusal = InvalidProduct("account → product and prices by currency, as the gateway calls them", field="gateway_ids")
    if not isinstance(value, Mapping) or not set(value) <= set(accounts):
        raise refusal
    found = {}
    for account, ids in value.items():
        if not isinstance(ids, Mapping) or not set(ids) <= {"product", "prices"}:
            raise refusal
        prices = ids.get("prices", {})
        if not isinstance(prices, Mapping):
            raise refusal
        named = [ids.get("product", ""), *prices.values()]
        if not all(isinstance(each, str) and GATEWAY_ID.fullmatch(each) for each in named):
            raise refusal
        by_currency = {clean_currency(currency, field="gateway_ids"): each for currency, each in prices.items()}
        found[account] = GatewayIds(product=named[0], prices=by_currency)
    return found


def clean_search(value: str) -> str:
    """What somebody typed into the search box; raises for what PostgreSQL cannot hold."""
    return _text(value, field="search", longest=MAX_SEARCH)


def _text(value: Any, *, field: str, longest: int, allowed: str = "", required: bool = False) -> str:
    text = value.strip() if isinstance(value, str) else None
    if text is None or len(text) > longest or (required and not text):
        raise InvalidProduct(f"text of {int(required)} to {longest} characters", field=field)
    # Control characters break lines in mails and logs, surrogates break UTF-8, and NUL breaks PostgreSQL.
    if any(unicodedata.category(mark) in ("Cc", "Cs") and mark not in allowed for mark in text):
        raise InvalidProduct("text without control characters", field=field)
    return text
