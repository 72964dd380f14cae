"""Amounts and fees as this sandbox has them; the numbers are its own, the rules are Razorpay's."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from payments.sandbox.razorpay.errors import invalid

# razorpay.com/docs/payments/international-payments: minor units, three-decimal currencies with a last digit of 0.
ZERO_DECIMAL = frozenset({"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
                          "XAF", "XOF", "XPF"})  # fmt: skip
THREE_DECIMAL = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
MINIMUM_MINOR = {"INR": 100}
# Indian rupees for one major unit: invented, and settable through the control endpoint.
RUPEES = {"USD": "83.20", "EUR": "90.10", "GBP": "105.40", "JPY": "0.56", "KWD": "270.50", "SGD": "61.70"}
TAX_BPS = 1_800  # goods and services tax on the fee
BASE = "INR"


class Fee(NamedTuple):
    """What Razorpay keeps, in paise; `fee_minor` includes `tax_minor`."""

    fee_minor: int
    tax_minor: int


def check(*, amount: int, currency: str) -> None:
    """Raises RazorpayError for what it does not charge."""
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper() or currency.startswith("X"):
        raise invalid("The currency should be a valid ISO 4217 code.", field="currency")
    least = MINIMUM_MINOR.get(currency, 10 if currency in THREE_DECIMAL else 1)
    if amount < least:
        shown = f"INR {least / 100:.2f}" if currency == BASE else f"{currency} {least}"
        raise invalid(f"The amount must be at least {shown}", field="amount")
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid("The amount must end in 0 for this currency.", field="amount")


def base_amount(*, amount: int, currency: str, rates: dict[str, str]) -> int:
    """The amount in paise."""
    if currency == BASE:
        return amount
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    rate = Decimal({**RUPEES, **rates}.get(currency, "50"))
    return _whole(Decimal(amount) / 10**digits * rate * 100)


def fee_of(*, base_minor: int, bps: int) -> Fee:
    """The fee on an amount in paise, with the tax on it."""
    bare = _whole(Decimal(base_minor) * bps / 10_000)
    tax = _whole(Decimal(bare) * TAX_BPS / 10_000)
    return Fee(bare + tax, tax)


def _whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))
