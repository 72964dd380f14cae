"""How Stripe counts money: its exponents where they differ from ours, its smallest, largest and roundest amounts."""

from __future__ import annotations

from typing import Final

from config.kernel.money import EXPONENTS, Money, MoneyError, exponent
from payments.gateways.failures import GatewayFailure, UnreadableObject

# Source for this page: docs.stripe.com/currencies, sections "Zero-decimal currencies", "Three-decimal currencies",
# "Special cases" and "Minimum and maximum charge amounts" [doc, as of 2026-09].

# UGX has no decimals any more, but the API still takes and gives two, always 00: 5 UGX travel as 500.
# (HUF and TWD are whole numbers for payouts only; charges of them have two decimals like any other.)
WIRE_EXPONENTS: Final[dict[str, int]] = {"UGX": 2}

# The smallest charge, in our minor units, when the account settles in that very currency. In another settlement
# currency the converted amount has to reach that one's minimum, which only Stripe can tell (code amount_too_small).
MINIMUM_CHARGE_MINOR: Final[dict[str, int]] = {
    "AED": 200,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1_500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
    "IDR": 50,
    "ILS": 50,
    "INR": 50,
    "JPY": 50,
    "KRW": 50,
    "MXN": 1_000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PHP": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1_000,
    "USD": 50,
    "ZAR": 50,
}

# Eight digits on the wire hold for every way to pay; some cards would take more, which is not worth promising.
DIGITS: Final = 8
MORE_DIGITS: Final[dict[str, int]] = {"IDR": 12, "INR": 9}


def _scale(currency: str) -> int:
    """By what our minor units are multiplied to become Stripe's."""
    ours = exponent(currency)
    return int(10 ** (WIRE_EXPONENTS.get(currency, ours) - ours))


def to_wire(money: Money) -> int:
    """The whole number that Stripe calls `amount`."""
    return money.amount_minor * _scale(money.currency)


def from_wire(amount: int, currency: str) -> Money:
    """Stripe's `amount` and (lower-case) `currency` as Money. Raises UnreadableObject where that cannot be said."""
    code = currency.upper()
    try:
        minor, rest = divmod(amount, _scale(code))
        if rest:
            raise UnreadableObject(f"an amount that is not whole in {code}")
        return Money(minor, code)
    except MoneyError:
        raise UnreadableObject("a currency that we do not know") from None


def step_minor(currency: str) -> int:
    """What a charge must be a multiple of: three-decimal currencies end in 0, because of Stripe's own partners."""
    return 10 if exponent(currency) == 3 else 1


def minimum_minor(currency: str) -> int | None:
    """The smallest charge; one step where Stripe publishes no minimum; None for a currency that we do not know."""
    if currency not in EXPONENTS:
        return None
    return MINIMUM_CHARGE_MINOR.get(currency, step_minor(currency))


def maximum_minor(currency: str) -> int:
    """The largest charge that the digits on the wire allow."""
    return int(10 ** MORE_DIGITS.get(currency, DIGITS) - 1) // _scale(currency)


def why_not_charge(amount: Money) -> GatewayFailure | None:
    """Why Stripe would refuse to charge `amount`, in the codes of the contract; None when it would not."""
    minimum = minimum_minor(amount.currency)
    if minimum is None:
        return GatewayFailure("currency_not_supported", f"{amount.currency} is not charged", field="currency")
    if amount.amount_minor < minimum:
        return GatewayFailure("amount_too_small", f"less than {Money(minimum, amount.currency)}", field="amount")
    maximum = maximum_minor(amount.currency)
    if amount.amount_minor > maximum:
        return GatewayFailure("amount_too_large", f"more than {Money(maximum, amount.currency)}", field="amount")
    step = step_minor(amount.currency)
    if amount.amount_minor % step:
        return GatewayFailure("amount_not_a_multiple", f"not a multiple of {step} minor units", field="amount")
    return None
