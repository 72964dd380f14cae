"""What a cart costs and which fees are frozen on its lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config.kernel.errors import Invalid, Unprocessable
from config.kernel.money import BPS, share_of
from config.ops.redaction import mask
from orders.catalog.rules import MAX_AMOUNT_MINOR, SKU

MAX_METADATA_BYTES = 8_192
# Each is reserved, moved and kept in the audit by itself.
MAX_TICKETS = 50
UNPAIRED = re.compile("[\ud800-\udfff]")


class EmptyCart(Invalid):
    """There is nothing in the cart."""

    code = "empty_cart"


class InvalidItem(Invalid):
    """An item of the cart is not a SKU and a quantity."""

    code = "invalid_item"


class InvalidQuantity(Invalid):
    """A quantity is a whole number of pieces, one or more, and not absurd."""

    code = "invalid_quantity"


class TooManyLines(Invalid):
    """The cart has more different products than one order may have."""

    code = "too_many_lines"


class InvalidMetadata(Invalid):
    """Cart metadata is a JSON object of at most 8 KiB."""

    code = "invalid_metadata"


class UnknownSku(Unprocessable):
    """Nothing is sold under this SKU."""

    code = "unknown_sku"


class ProductInactive(Unprocessable):
    """This product is no longer sold."""

    code = "product_inactive"


class NoPriceInCurrency(Unprocessable):
    """A product of the cart has no price in this currency."""

    code = "no_price_in_currency"


class AmountTooLarge(Unprocessable):
    """The total is more than one payment can be."""

    code = "amount_too_large"


@dataclass(frozen=True, slots=True)
class Rates:
    """The business numbers that an order is priced with, in bps.

    Tax is taken on the two fees, withholding on the price. Raises ValueError when together they could take more
    than the whole price: no line may leave its seller in debt.
    """

    platform_fee_bps: int
    gateway_fee_bps: int
    fee_tax_bps: int = 0
    withholding_bps: int = 0

    def __post_init__(self) -> None:
        rates = (self.platform_fee_bps, self.gateway_fee_bps, self.fee_tax_bps, self.withholding_bps)
        fees_bps = self.platform_fee_bps + self.gateway_fee_bps
        taken = fees_bps * (BPS + self.fee_tax_bps) + self.withholding_bps * BPS
        if min(rates) < 0 or max(rates) > BPS or taken > BPS * BPS:
            raise ValueError(f"fees, the tax on them and withholding take more than the whole price: {self}")


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as the cart meets it; `unit_minor` is its price in the cart's currency, None where it has none."""

    product_id: int
    seller_id: int
    sku: str
    name: str
    category: str
    is_active: bool
    unit_minor: int | None
    is_ticketed: bool = False


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line with everything that is frozen on it, in minor units. What the fees leave is the seller's."""

    offer: Offer
    quantity: int
    unit_minor: int
    amount_minor: int
    platform_fee_minor: int
    gateway_fee_minor: int
    tax_minor: int
    withheld_minor: int

    @property
    def seller_minor(self) -> int:
        taken = self.platform_fee_minor + self.gateway_fee_minor + self.tax_minor + self.withheld_minor
        return self.amount_minor - taken


def merge_items(items: Iterable[Any], *, max_lines: int, max_quantity: int) -> dict[str, int]:
    """SKU → pieces, in the order of first mention; a SKU that stands twice is one line with the sum.

    `items` is what the client sent: objects with `sku` and `quantity`; anything else in them, a price for
    instance, is not read. Raises EmptyCart, InvalidItem, InvalidQuantity, TooManyLines.
    """
    wanted: dict[str, int] = {}
    for item in items:
        sku = item.get("sku") if isinstance(item, Mapping) else None
        if not isinstance(sku, str) or not SKU.fullmatch(sku):
            raise InvalidItem(field="items")
        quantity = item.get("quantity")
        # `type`, because True is an int, and 1.0 and "1" are not quantities.
        if type(quantity) is not int or quantity < 1:
            raise InvalidQuantity(field="items", sku=sku)
        wanted[sku] = wanted.get(sku, 0) + quantity
        if wanted[sku] > max_quantity:
            raise InvalidQuantity(f"at most {max_quantity} pieces of {sku}", field="items", sku=sku)
        if len(wanted) > max_lines:
            raise TooManyLines(f"at most {max_lines} different products", field="items")
    if not wanted:
        raise EmptyCart(field="items")
    return wanted


def price_lines(
    *, wanted: Mapping[str, int], offers: Mapping[str, Offer], currency: str, rates: Rates
) -> tuple[PricedLine, ...]:
    """One priced line per wanted SKU, in their order. Each fee is floored per line, never taken from a total.

    Raises UnknownSku, ProductInactive, InvalidQuantity for too many tickets, NoPriceInCurrency, and AmountTooLarge for
    a total above MAX_AMOUNT_MINOR.
    """
    lines = []
    for sku, quantity in wanted.items():
        offer = offers.get(sku)
        if offer is None:
            raise UnknownSku(f"nothing is sold under {sku}", field="items", sku=sku)
        if not offer.is_active:
            raise ProductInactive(f"{sku} is no longer sold", field="items", sku=sku)
        if offer.is_ticketed and quantity > MAX_TICKETS:
            raise InvalidQuantity(f"at most {MAX_TICKETS} tickets of one listing", field="items", sku=sku)
        if offer.unit_minor is None:
            raise NoPriceInCurrency(f"{sku} has no price in {currency}", field="currency", sku=sku)
        lines.append(price_line(offer=offer, quantity=quantity, unit_minor=offer.unit_minor, rates=rates))
    if sum(line.amount_minor for line in lines) > MAX_AMOUNT_MINOR:
        raise AmountTooLarge(f"at most {MAX_AMOUNT_MINOR} minor units", field="items")
    return tuple(lines)


def price_line(*, offer: Offer, quantity: int, unit_minor: int, rates: Rates) -> PricedLine:
    """Prices `quantity` pieces at `unit_minor` minor units each and floors every share of the amount."""
    amount_minor = unit_minor * quantity
    platform_fee_minor = share_of(amount_minor, rates.platform_fee_bps)
    gateway_fee_minor = share_of(amount_minor, rates.gateway_fee_bps)
    return PricedLine(
        offer=offer,
        quantity=quantity,
        unit_minor=unit_minor,
        amount_minor=amount_minor,
        platform_fee_minor=platform_fee_minor,
        gateway_fee_minor=gateway_fee_minor,
        tax_minor=share_of(platform_fee_minor + gateway_fee_minor, rates.fee_tax_bps),
        withheld_minor=share_of(amount_minor, rates.withholding_bps),
    )


def by_seller(lines: Iterable[PricedLine]) -> dict[int, int]:
    """Seller's primary key → what their lines come to, in the order of the lines."""
    amounts: dict[int, int] = {}
    for line in lines:
        amounts[line.offer.seller_id] = amounts.get(line.offer.seller_id, 0) + line.amount_minor
    return amounts


def clean_metadata(value: Any) -> dict[str, Any]:
    """The cart's own notes: a JSON object of at most 8 KiB that PostgreSQL can hold, with card numbers masked.

    Raises InvalidMetadata.
    """
    try:
        if isinstance(value, Mapping) and len(json.dumps(value, allow_nan=False)) <= MAX_METADATA_BYTES:
            cleaned: dict[str, Any] = _clean(value)
            return cleaned
    except (TypeError, ValueError, RecursionError):
        raise InvalidMetadata(field="metadata") from None
    raise InvalidMetadata(field="metadata")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        if "\0" in value or UNPAIRED.search(value):
            raise ValueError("jsonb holds neither NUL nor half a surrogate pair")
        return mask(value)
    if isinstance(value, Mapping):
        return {_clean(name): _clean(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return value
