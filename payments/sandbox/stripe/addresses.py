"""Postal addresses as Stripe shows them: every field there, the unknown ones null."""

from __future__ import annotations

from typing import Any

from payments.sandbox.stripe.params import Params

_FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")


def address_of(given: Params | None) -> dict[str, Any] | None:
    """An address with every field; None stays None."""
    if given is None:
        return None
    given.only(*_FIELDS)
    return {name: given.text(name) for name in _FIELDS}


def shipping_of(given: Params | None) -> dict[str, Any] | None:
    """Name, address and carrier; None stays None."""
    if given is None:
        return None
    given.only("address", "carrier", "name", "phone", "tracking_number")
    texts = {name: given.text(name) for name in ("carrier", "name", "phone", "tracking_number")}
    return {"address": address_of(given.inner("address")), **texts}
