"""Writes amounts for people: each currency in its own format, with as many decimals as it has."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, parse_pattern
from django.core.exceptions import ValidationError

from config.kernel.money import Money, MoneyError, exponent

_CODE_BEFORE_DIGIT = re.compile(r"([A-Za-z])(\d)")
# Operators read English; a rupee is still grouped in lakhs and crores, as everybody who counts rupees does.
_GROUPED_AS = {"INR": "en_IN", "NPR": "en_IN", "LKR": "en_IN", "PKR": "en_IN"}


@lru_cache(maxsize=64)
def _style(currency: str) -> tuple[Locale, NumberPattern]:
    locale = Locale.parse(_GROUPED_AS.get(currency, "en"))
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    # Our own table of exponents, not the locale's: two truths about decimals are how amounts go wrong by a hundred.
    digits = exponent(currency)
    pattern.frac_prec = (digits, digits)
    return locale, pattern


def _spaced(text: str) -> str:
    """A code that stands for a symbol keeps away from its number: `KWD 1.250` (CLDR's currency spacing)."""
    return _CODE_BEFORE_DIGIT.sub(r"\1" "\N{NO-BREAK SPACE}" r"\2", text)


def shown(amount_minor: int, currency: str) -> str:
    """`123456` minor units of INR as `₹1,234.56`. Raises MoneyError for a currency that we do not know."""
    locale, pattern = _style(currency)
    value = Money(amount_minor, currency).decimal
    return _spaced(pattern.apply(value, locale, currency=currency, currency_digits=False))


def show_money(money: Money) -> str:
    """The same of a Money."""
    return shown(money.amount_minor, money.currency)


def read_money(text: str, currency: str) -> Money:
    """What an operator typed, `1,234.56` or `1234.56`, as an amount of `currency`. Raises MoneyError for what is no
    amount above zero, or has more decimals than the currency."""
    try:
        value = Decimal(text.replace(",", "").strip()).scaleb(exponent(currency))
    except InvalidOperation:
        raise MoneyError("this is not an amount") from None
    if not value.is_finite() or not 0 < value < 10**15 or value != value.to_integral_value():
        raise MoneyError(f"an amount above zero, with {exponent(currency)} decimals at most")
    return Money(int(value), currency)


def typed_minor(text: str, currency: str, *, field: str = "") -> int:
    """The same in minor units, for a form: its `field` is told what is wrong, or the one that is being cleaned. Raises
    ValidationError."""
    try:
        return read_money(text, currency).amount_minor
    except MoneyError as error:
        raise ValidationError({field: str(error)} if field else str(error)) from error
