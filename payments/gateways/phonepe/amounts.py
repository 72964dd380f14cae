"""What PhonePe charges: rupees, from one rupee on, counted in paise."""

from __future__ import annotations

from typing import Final

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure

CURRENCY: Final = "INR"
# `amount` of pay and of refund: at least 100 paise. A largest amount is not published: it is the payment method's.
# Source: developer.phonepe.com, Standard Checkout, "Create Payment" and "Refund" [doc].
MINIMUM_MINOR: Final = 100


def minimum_minor(currency: str) -> int | None:
    """The smallest charge in paise; None for every other currency."""
    return MINIMUM_MINOR if currency == CURRENCY else None


def why_not_charge(amount: Money) -> GatewayFailure | None:
    """Why PhonePe would refuse to charge `amount`, in the codes of the contract; None when it would not."""
    if amount.currency != CURRENCY:
        return GatewayFailure("currency_not_supported", f"{amount.currency} is not charged", field="currency")
    if amount.amount_minor < MINIMUM_MINOR:
        return GatewayFailure("amount_too_small", f"less than {Money(MINIMUM_MINOR, CURRENCY)}", field="amount")
    return None
