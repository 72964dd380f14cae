"""Which rail pays which kind of destination in which currency, among those that are configured."""

from __future__ import annotations

from django.conf import settings

from config.kernel.errors import Unprocessable
from payouts.rails.contract import Rail, RailCapability
from payouts.rails.registry import UnknownRailAccount, accounts_of, rail_for

BANK_FILE = "bank_file"
_TAKES = {
    "bank_account": RailCapability.BANK_ACCOUNTS,
    "upi": RailCapability.UPI,
    "connected_account": RailCapability.CONNECTED_ACCOUNTS,
}


class DestinationNotOffered(Unprocessable):
    """No rail of ours pays this currency to this kind of destination."""

    code = "destination_not_offered"


def rail_of(*, kind: str, currency: str) -> str:
    """The rail for a new destination: the first that is spoken to and takes it, else a file for the bank. Raises
    DestinationNotOffered."""
    for code, account in settings.RAIL_ACCOUNTS.items():
        rail = spoken_to(code)
        if rail is None or _TAKES.get(kind) not in rail.capabilities:
            continue
        if rail.currencies is None or currency in rail.currencies:
            return str(account.rail)
    if kind == "bank_account" and accounts_of(BANK_FILE):
        return BANK_FILE
    raise DestinationNotOffered(field="kind")


def spoken_to(rail_account: str) -> Rail | None:
    """The rail of an account that is called, or None where a person pays by a file, or nobody."""
    try:
        rail = rail_for(rail_account)
    except UnknownRailAccount:
        return None
    return rail if RailCapability.CALLS in rail.capabilities else None


def account_of(rail: str) -> str:
    """The account by which a rail is told of destinations. Raises UnknownRailAccount where none is configured."""
    codes = accounts_of(rail)
    if not codes:
        raise UnknownRailAccount(rail)
    return codes[0]


def is_spoken_to(rail: str) -> bool:
    """Whether the rail must be told of a destination before money goes there."""
    return rail != BANK_FILE
