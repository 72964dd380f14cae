"""Which rail pays which kind of destination in which currency, among those that are configured."""

from __future__ import annotations

from config.kernel.errors import Unprocessable
from payouts.rails.registry import accounts_of

BANK_FILE = "bank_file"


class DestinationNotOffered(Unprocessable):
    """No rail of ours pays this currency to this kind of destination."""

    code = "destination_not_offered"


def rail_of(*, kind: str, currency: str) -> str:
    """The rail for a new destination. Raises DestinationNotOffered."""
    del currency
    if kind == "bank_account" and accounts_of(BANK_FILE):
        return BANK_FILE
    raise DestinationNotOffered(field="kind")


def is_spoken_to(rail: str) -> bool:
    """Whether the rail must be told of a destination before money goes there."""
    return rail != BANK_FILE
