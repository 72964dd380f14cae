"""Who is let pass, challenged or blocked, on counts of the last hour."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

WINDOW = timedelta(hours=1)
BLOCK_FOR = timedelta(hours=24)


class Kind(StrEnum):
    """By what somebody is recognised: the network address, or the e-mail."""

    ADDRESS = "address"
    EMAIL = "email"


class Ruling(IntEnum):
    """The stricter one counts."""

    PASS = 0
    CHALLENGE = 1
    BLOCK = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """What one address or e-mail did within the window: payments begun, declines, and different cards declined."""

    payments: int = 0
    declines: int = 0
    cards: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """From which number on somebody is challenged, and from which one blocked."""

    challenge: int
    block: int

    def over(self, number: int) -> Ruling:
        if number >= self.block:
            return Ruling.BLOCK
        return Ruling.CHALLENGE if number >= self.challenge else Ruling.PASS


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one kind. People mistype and have two cards; behind one address may be an office, or all customers
    of a mobile network."""

    payments: Limit
    declines: Limit
    cards: Limit


LIMITS: Mapping[Kind, Limits] = {
    Kind.ADDRESS: Limits(payments=Limit(200, 500), declines=Limit(20, 100), cards=Limit(12, 40)),
    Kind.EMAIL: Limits(payments=Limit(10, 40), declines=Limit(5, 12), cards=Limit(3, 6)),
}
# One payment object is no machine for trying cards, and a card that failed so often is being tried by somebody.
DECLINES_OF_A_PAYMENT = 8
DECLINES_OF_A_CARD = 8


def rule(kind: Kind, seen: Seen) -> Ruling:
    """What one address or e-mail has earned."""
    limits = LIMITS[kind]
    return max(limits.payments.over(seen.payments), limits.declines.over(seen.declines), limits.cards.over(seen.cards))


def mailbox(email: str) -> str:
    """The mailbox that an e-mail leads to, as it is counted: case, the look of letters and a tag after a plus make no
    other one, and cost nothing to change for every card."""
    name, at_sign, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    return f"{name.partition('+')[0] or name}{at_sign}{domain}"


def masked(kind: Kind, value: str) -> str:
    """Enough for an operator to recognise somebody who writes to them, and not enough to write to them."""
    if kind is Kind.EMAIL:
        name, _, domain = value.partition("@")
        return f"{name[:2]}…@{domain}"
    return value
