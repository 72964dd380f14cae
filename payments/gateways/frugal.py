"""What may not be kept of an Indian card: known here alone, for payments, saved methods and gateways' answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# Of cards of this country only last four digits and issuer may be kept: RBI, card-on-file tokenisation.
FRUGAL_COUNTRY: Final = "IN"
_NOT_KEPT: Final = frozenset(
    {
        "brand", "display_brand", "exp_month", "exp_year", "expiry_month", "expiry_year", "fingerprint", "iin",
        "network", "networks", "token_iin",
    }
)  # fmt: skip


def is_indian(card: Mapping[str, Any]) -> bool:
    """Of a card whose gateway tells its country: Stripe."""
    return card.get("country") == FRUGAL_COUNTRY


def may_be_indian(card: Mapping[str, Any]) -> bool:
    """Of a card whose gateway is Indian and tells only whether it is from abroad, which it must say: Razorpay."""
    return card.get("international") is not True


def without_indian_cards(answer: Any) -> Any:
    """A copy of it, wherever a card stands in it: known as Indian by its country, or by not being international."""
    if isinstance(answer, Mapping):
        is_frugal = is_indian(answer) or answer.get("international") is False
        return {
            name: without_indian_cards(value) for name, value in answer.items() if not (is_frugal and name in _NOT_KEPT)
        }
    if isinstance(answer, list | tuple):
        return [without_indian_cards(each) for each in answer]
    return answer
