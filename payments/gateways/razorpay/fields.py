"""Reads what only Razorpay's objects have: notes that are a list when empty, marks of ours among them, amounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.calls.fields import JSON, named, text, unreadable, whole
from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.razorpay.amounts import from_wire

# The ids of ours that travel in the notes of Razorpay's objects.
PAYMENT_MARK: Final = "payment"
CALL_MARK: Final = "call"
ORDER_MARK: Final = "order"
REFUND_MARK: Final = "refund"
CUSTOMER_MARK: Final = "customer"  # on a customer our id of the person; on an order that registers a token, Razorpay's
SETUP_MARK: Final = "setup"
TOKEN_MARK: Final = "token"  # noqa: S105 - on an order that is charged with nobody present: with which token
SAVED_BY_MARK: Final = "saved_by"  # and the order that registered it


def a(kind: str, obj: object) -> JSON:
    """`obj`, if it is an entity of that kind."""
    if not isinstance(obj, Mapping):
        raise UnreadableObject(f"not a {kind}")
    if obj.get("entity") != kind:
        raise UnreadableObject(f"{named(obj)} is not a {kind}")
    return obj


def money(obj: JSON, key: str) -> Money:
    """The amount in `key` with the object's own currency."""
    return from_wire(whole(obj, key), text(obj, "currency"))


def mark(obj: JSON, key: str) -> str:
    """An id of ours in the notes; empty where it carries none. No notes at all are `[]`, and some lists have text."""
    notes = obj.get("notes")
    value = notes.get(key) if isinstance(notes, Mapping) else None
    return value if isinstance(value, str) else ""


def items_of(page: JSON) -> list[JSON]:
    """The objects of a collection."""
    items = page.get("items")
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise unreadable(page, "items")
    return items
