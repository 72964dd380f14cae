"""Amounts, currencies, fees and exchange as this sandbox has them; the numbers are its own, the rules are Stripe's."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from payments.sandbox.stripe.errors import StripeError, invalid


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Source for the two sets: Stripe's table of zero-decimal and three-decimal currencies (docs.stripe.com/currencies).
ZERO_DECIMAL = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf")
THREE_DECIMAL = _codes("bhd jod kwd omr tnd")
TWO_DECIMAL = _codes(
    """usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop
    crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd kes kgs
    khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen
    pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah uyu uzs
    wst xcd yer zar zmw"""
)

# The smallest charge, in minor units: the sandbox's own table, in the size of Stripe's. Others take 1 minor unit.
MINIMUM_MINOR = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1_500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17_500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1_000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1_000,
}
MAXIMUM_MINOR = 99_999_999
MORE_MINOR = {"idr": 999_999_999_999, "inr": 999_999_999}  # of more digits than others

# Value of one major unit in US dollars: invented, and settable through the control endpoint.
DOLLARS = {
    "usd": "1",
    "eur": "1.08",
    "gbp": "1.27",
    "inr": "0.012",
    "jpy": "0.0067",
    "chf": "1.12",
    "aud": "0.66",
    "cad": "0.73",
    "kwd": "3.25",
    "sek": "0.095",
    "sgd": "0.74",
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a charge or refund does to the balance: minor units of the settlement currency."""

    amount_minor: int
    currency: str
    exchange_rate: float | None


def exponent(currency: str) -> int:
    """How many decimals the currency has: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def known_currency(code: str) -> str:
    """The code in lower case; raises StripeError (400) for one that Stripe does not have."""
    lower = code.lower()
    if lower not in ZERO_DECIMAL | TWO_DECIMAL | THREE_DECIMAL:
        raise invalid(f"Invalid currency: {lower[:10]}.", param="currency")
    return lower


def check_amount(*, amount: int, currency: str, param: str = "amount") -> None:
    """Refuses an amount below the currency's minimum or above the maximum."""
    minimum = MINIMUM_MINOR.get(currency, 1)
    if amount < minimum:
        raise invalid(
            f"Amount must be at least {shown(minimum, currency)} {currency}", param=param, code="amount_too_small"
        )
    most = MORE_MINOR.get(currency, MAXIMUM_MINOR)
    if amount > most:
        raise invalid(
            f"Amount must be no more than {shown(most, currency)} {currency}",
            param=param,
            code="amount_too_large",
        )
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid(f"Amounts in {currency} must be divisible by 10", param=param, code="parameter_invalid_integer")


def shown(amount: int, currency: str) -> str:
    """`$5.01`, `€5.01`, or `5.01 INR`, as in Stripe's messages."""
    number = f"{Decimal(amount).scaleb(-exponent(currency)):,.{exponent(currency)}f}"
    sign = {"usd": "$", "eur": "€", "gbp": "£", "inr": "₹", "jpy": "¥"}.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency.upper()}"


def fee_minor(*, amount: int, bps: int, fixed: int) -> int:
    """The processing fee of a charge in its settlement currency; never more than the charge."""
    share = (Decimal(amount) * bps / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return min(amount, int(share) + fixed)


def settle(*, amount: int, currency: str, settlement: tuple[str, ...], rates: dict[str, str]) -> Settled:
    """Converts into the first settlement currency, unless the currency settles itself.

    `exchange_rate` multiplies minor units, as in the recorded 4,820 JPY → 23.78 CHF at 0.49334.
    """
    if currency in settlement:
        return Settled(amount_minor=amount, currency=currency, exchange_rate=None)
    target = settlement[0]
    dollars = {**DOLLARS, **rates}
    if currency not in dollars or target not in dollars:
        raise StripeError(
            status=400,
            type="invalid_request_error",
            message=f"The sandbox has no rate from {currency} to {target}; order one through the control endpoint",
        )
    rate = Decimal(dollars[currency]) / Decimal(dollars[target])
    rate = rate.scaleb(exponent(target) - exponent(currency)).quantize(Decimal("0.000001"))
    converted = (Decimal(amount) * rate).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return Settled(amount_minor=int(converted), currency=target, exchange_rate=float(rate))
