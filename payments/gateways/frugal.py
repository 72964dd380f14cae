"""Takes out of a gateway's answer what may not be kept of an Indian card, before it is kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from payments.gateways.method_views import FRUGAL_COUNTRY

# Of such a card only last four digits and issuer stay. (RBI, card-on-file tokenisation)
_NOT_KEPT: Final = frozenset(
    {
        "brand", "display_brand", "exp_month", "exp_year", "expiry_month", "expiry_year", "fingerprint", "iin",
        "network", "networks", "token_iin",
    }
)  # fmt: skip


def without_indian_cards(answer: Any) -> Any:
    """A copy of it, wherever a card stands in it: known as Indian by its country, or by not being international."""
    if isinstance(answer, Mapping):
        is_frugal = answer.get("country") == FRUGAL_COUNTRY or answer.get("international") is False
        return {
            name: without_indian_cards(value) for name, value in answer.items() if not (is_frugal and name in _NOT_KEPT)
        }
    if isinstance(answer, list | tuple):
        return [without_indian_cards(each) for each in answer]
    return answer
