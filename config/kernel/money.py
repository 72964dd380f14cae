"""Whole minor units of one currency, and splits that never lose a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# ISO 4217 minor units, as the gateways count them. Anything else is refused rather than guessed.
# A gateway that differs says so in its adapter. Source: ISO 4217 table A.1; Stripe "zero-decimal currencies".
_TWO = """
    AED AUD BGN BRL CAD CHF CNY CZK DKK EGP EUR GBP HKD HUF IDR ILS INR KES LKR MAD MXN MYR NGN NOK NPR NZD PEN PHP
    PKR PLN QAR RON SAR SEK SGD THB TRY TWD UAH USD ZAR
"""
_NONE = "CLP JPY KRW PYG RWF UGX VND XAF XOF XPF"
_THREE = "BHD JOD KWD OMR TND"
EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}

BPS = 10_000


class MoneyError(ValueError):
    """An amount that is not whole, or currencies that do not match."""


def exponent(currency: str) -> int:
    """How many decimals `currency` has. Raises MoneyError for a currency we do not know."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise MoneyError(f"unknown currency {currency!r}") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (paise, cents, yen) of `currency` (ISO 4217, upper case)."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise MoneyError(f"money is whole minor units, not {self.amount_minor!r}")
        exponent(self.currency)

    def _same(self, other: Money) -> None:
        if not isinstance(other, Money):
            raise MoneyError(f"{other!r} is not money")
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise MoneyError(f"money is multiplied by whole numbers, not {times!r}")
        return Money(self.amount_minor * times, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount_minor < other.amount_minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount_minor <= other.amount_minor

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def split_bps(self, rate_bps: int) -> tuple[Money, Money]:
        """(share, rest): the share is floored, the rest keeps the remainder, and they sum to the whole."""
        share = Money(share_of(self.amount_minor, rate_bps), self.currency)
        return share, self - share

    def allocate(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Shares by largest remainder; they sum to the whole exactly."""
        return tuple(Money(part, self.currency) for part in allocate(self.amount_minor, weights))

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    def as_json(self) -> dict[str, Any]:
        """The public form: `{amount_minor, currency}`."""
        return {"amount_minor": self.amount_minor, "currency": self.currency}


def share_of(amount_minor: int, rate_bps: int) -> int:
    """`rate_bps` of `amount_minor`, floored. Raises MoneyError outside 0 to 10,000 bps or below zero."""
    if not 0 <= rate_bps <= BPS or amount_minor < 0:
        raise MoneyError(f"cannot take {rate_bps} bps of {amount_minor}")
    return amount_minor * rate_bps // BPS


def allocate(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Splits `amount_minor` over `weights` by largest remainder (earlier first on a tie); no unit is lost.

    Raises MoneyError when a weight is negative or all are zero while there is something to split.
    """
    total = sum(weights)
    if any(weight < 0 for weight in weights) or amount_minor < 0 or (total == 0 and amount_minor):
        raise MoneyError(f"cannot allocate {amount_minor} over {list(weights)}")
    if total == 0:
        return tuple(0 for _ in weights)
    parts = [amount_minor * weight // total for weight in weights]
    remainders = [(-(amount_minor * weight % total), index) for index, weight in enumerate(weights)]
    for _, index in sorted(remainders)[: amount_minor - sum(parts)]:
        parts[index] += 1
    return tuple(parts)


def given_back(fee_minor: int, refunded_minor: int, amount_minor: int) -> int:
    """How much of a frozen fee is given back in all once `refunded_minor` of `amount_minor` went back (cumulative)."""
    if not 0 <= refunded_minor <= amount_minor:
        raise MoneyError(f"refunded {refunded_minor} of {amount_minor}")
    return fee_minor * refunded_minor // amount_minor if amount_minor else 0
