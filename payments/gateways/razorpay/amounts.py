"""How Razorpay counts money: ISO exponents, whole minor units, its smallest and roundest amounts."""

from __future__ import annotations

from typing import Final

from config.kernel.money import EXPONENTS, Money, MoneyError, exponent
from payments.gateways.failures import GatewayFailure, UnreadableObject

# Source: razorpay.com/docs/payments/international-payments, section "Supported Currencies": amounts in the smallest
# unit, zero-decimal currencies as they are, the last digit of three-decimal currencies 0; at least INR 1.00. The
# largest amount is a limit of the account, which only Razorpay can tell.
MINIMUM_CHARGE_MINOR: Final[dict[str, int]] = {"INR": 100}
SETTLES_IN: Final = "INR"
# Currencies that several countries share, and metals, are not among those that the page lists.
_SHARED: Final = "X"


def step_minor(currency: str) -> int:
    """What a charge must be a multiple of."""
    return 10 if exponent(currency) == 3 else 1


def minimum_minor(currency: str) -> int | None:
    """The smallest charge; one step where Razorpay publishes no minimum; None for a currency that it does not charge,
    or that we do not know."""
    if currency not in EXPONENTS or currency.startswith(_SHARED):
        return None
    return MINIMUM_CHARGE_MINOR.get(currency, step_minor(currency))


def why_not_charge(amount: Money) -> GatewayFailure | None:
    """Why Razorpay would refuse to charge `amount`, in the codes of the contract; None when it would not."""
    minimum = minimum_minor(amount.currency)
    if minimum is None:
        return GatewayFailure("currency_not_supported", f"{amount.currency} is not charged", field="currency")
    if amount.amount_minor < minimum:
        return GatewayFailure("amount_too_small", f"less than {Money(minimum, amount.currency)}", field="amount")
    step = step_minor(amount.currency)
    if amount.amount_minor % step:
        return GatewayFailure("amount_not_a_multiple", f"not a multiple of {step} minor units", field="amount")
    return None


def from_wire(amount: int, currency: str) -> Money:
    """Razorpay's `amount` and `currency` as Money. Raises UnreadableObject where that cannot be said."""
    try:
        return Money(amount, currency)
    except MoneyError:
        raise UnreadableObject("a currency that we do not know") from None
