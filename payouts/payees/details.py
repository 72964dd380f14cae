"""What identifies a destination of each kind: read strictly, told as the same or not, and shown masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from config.kernel.errors import Unprocessable

LONGEST = 200
_IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
_ACCOUNT_NUMBER = re.compile(r"[A-Z0-9]{5,35}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_ROUTING_NUMBER = re.compile(r"[0-9]{9}")
_UPI = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}@[a-z][a-z0-9]{1,31}")
_CONNECTED = re.compile(r"acct_[A-Za-z0-9]{8,60}")
# How long an IBAN of each country is. Source: SWIFT IBAN registry, which a country outside of this list is read by
# shape and checksum alone.
_IBAN_LENGTHS = {
    "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IS": 26, "IT": 27, "JO": 30, "KW": 30, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PT": 25, "QA": 29, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TN": 24,
    "TR": 26, "UA": 29,
}  # fmt: skip


class DetailsInvalid(Unprocessable):
    """The details of the destination are not what its kind needs."""

    code = "destination_details_invalid"


@dataclass(frozen=True, slots=True)
class Details:
    """`values` as a rail needs them, `identity` the same text for the same destination, `masked` for everybody."""

    values: Mapping[str, str] = field(repr=False)
    identity: str = field(repr=False)
    masked: str


def read_details(*, kind: str, currency: str, given: Mapping[str, object]) -> Details:
    """What was given, checked and in one spelling. Raises DetailsInvalid, which names the field and never its value."""
    texts = {}
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > LONGEST:
            raise DetailsInvalid(f"{name} is not a text of at most {LONGEST} characters", field=f"details.{name}")
        if value.strip():
            texts[name] = value.strip()
    reader = _reader(kind, currency, texts)
    needed, optional, read = reader
    for name in texts:
        if name not in needed and name not in optional:
            raise DetailsInvalid(f"{name} is not needed here: {_listed(needed)} are", field=f"details.{name}")
    for name in needed:
        if name not in texts:
            raise DetailsInvalid(f"{name} is missing", field=f"details.{name}")
    return read(texts)


Reader = tuple[tuple[str, ...], tuple[str, ...], Callable[[Mapping[str, str]], Details]]


def _reader(kind: str, currency: str, given: Mapping[str, str]) -> Reader:
    """(what it needs, what it may have, who reads it)."""
    if kind == "upi":
        return ("holder", "address"), (), _read_upi
    if kind == "connected_account":
        return (), ("account", "holder"), _read_connected
    if kind != "bank_account":
        raise DetailsInvalid("there is no such kind of destination", field="kind")
    if currency == "INR":
        return ("holder", "ifsc", "account_number"), (), _read_indian
    if "iban" in given:
        return ("holder", "iban"), ("bic",), _read_iban
    if currency == "USD" and "bic" not in given:
        return ("holder", "routing_number", "account_number"), (), _read_american
    if "account_number" in given:
        return ("holder", "bic", "account_number"), (), _read_swift
    return ("holder", "iban"), ("bic",), _read_iban


def _read_indian(given: Mapping[str, str]) -> Details:
    ifsc = _matching(_IFSC, _joined(given["ifsc"]).upper(), "ifsc", "four letters, a zero, and six letters or digits")
    number = _account_number(given)
    values = {"holder": _holder(given), "ifsc": ifsc, "account_number": number}
    return Details(values, f"ifsc {ifsc} {number}", f"{ifsc[:4]} •••• {number[-4:]}")


def _read_american(given: Mapping[str, str]) -> Details:
    routing = _matching(_ROUTING_NUMBER, _joined(given["routing_number"]), "routing_number", "nine digits")
    if not _is_routing_number(routing):
        raise DetailsInvalid("routing_number has a wrong check digit", field="details.routing_number")
    number = _account_number(given)
    values = {"holder": _holder(given), "routing_number": routing, "account_number": number}
    return Details(values, f"aba {routing} {number}", f"US •••• {number[-4:]}")


def _read_iban(given: Mapping[str, str]) -> Details:
    iban = _matching(
        _IBAN, _joined(given["iban"]).upper(), "iban", "two letters, two digits, and 11 to 30 letters or digits"
    )
    length = _IBAN_LENGTHS.get(iban[:2])
    if length is not None and len(iban) != length:
        raise DetailsInvalid(f"an iban of {iban[:2]} has {length} characters, not {len(iban)}", field="details.iban")
    if not _is_iban(iban):
        raise DetailsInvalid("iban has wrong check digits", field="details.iban")
    values = {"holder": _holder(given), "iban": iban} | _bic_where_given(given)
    return Details(values, f"iban {iban}", f"{iban[:2]} •••• {iban[-4:]}")


def _read_swift(given: Mapping[str, str]) -> Details:
    bic, number = _bic(given), _account_number(given)
    values = {"holder": _holder(given), "bic": bic, "account_number": number}
    return Details(values, f"bic {bic[:8]} {number}", f"{bic[:4]} •••• {number[-4:]}")


def _read_upi(given: Mapping[str, str]) -> Details:
    address = _matching(_UPI, given["address"].lower(), "address", "a name, @, and a bank's handle, like asha@okbank")
    name, _, handle = address.partition("@")
    return Details({"holder": _holder(given), "address": address}, f"upi {address}", f"{name[0]}••••@{handle}")


def _read_connected(given: Mapping[str, str]) -> Details:
    """Without an id a new one is made for the payee. What that is called nobody knows yet, so that it has no identity
    of its own: of a payee there is one."""
    holder = {"holder": _holder(given)} if "holder" in given else {}
    if "account" not in given:
        return Details(holder, "", "an account at Stripe")
    account = _matching(_CONNECTED, given["account"], "account", "an id like acct_…")
    return Details({"account": account} | holder, f"connected {account}", f"acct_•••• {account[-4:]}")


def _matching(pattern: re.Pattern[str], text: str, name: str, shape: str) -> str:
    if not pattern.fullmatch(text):
        raise DetailsInvalid(f"{name} is not {shape}", field=f"details.{name}")
    return text


def _holder(given: Mapping[str, str]) -> str:
    """The name on the account, as a bank prints it."""
    holder = " ".join(given["holder"].split())
    if not 3 <= len(holder) <= 120 or not any(letter.isalpha() for letter in holder) or not holder.isprintable():
        raise DetailsInvalid("holder is not a name of 3 to 120 characters", field="details.holder")
    return holder


def _account_number(given: Mapping[str, str]) -> str:
    number = _joined(given["account_number"]).upper()
    return _matching(_ACCOUNT_NUMBER, number, "account_number", "5 to 35 letters or digits")


def _bic(given: Mapping[str, str]) -> str:
    return _matching(_BIC, _joined(given["bic"]).upper(), "bic", "8 or 11 letters or digits, like DEUTDEFF")


def _bic_where_given(given: Mapping[str, str]) -> dict[str, str]:
    return {"bic": _bic(given)} if "bic" in given else {}


def _joined(text: str) -> str:
    """Without the spaces and hyphens that people write into numbers."""
    return re.sub(r"[\s-]", "", text)


def _is_iban(iban: str) -> bool:
    """Its check digits fit. Source: ISO 13616, by ISO 7064 mod 97-10."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _is_routing_number(number: str) -> bool:
    """Its check digit fits. Source: ABA routing number policy: weights 3, 7, 1."""
    return sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=True)) % 10 == 0


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
