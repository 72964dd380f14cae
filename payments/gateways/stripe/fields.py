"""Reads what only Stripe's objects have: expandable fields, lists, metadata, amounts in its own exponents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.calls.fields import (
    JSON,
    named,
    part,
    text,
    text_or_empty,
    unreadable,
    whole,
)
from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe.amounts import from_wire


def a(kind: str, obj: object) -> JSON:
    """`obj`, if it is a Stripe object of that kind."""
    if not isinstance(obj, Mapping):
        raise UnreadableObject(f"not a {kind}")
    if obj.get("object") != kind:
        raise UnreadableObject(f"{named(obj)} is not a {kind}")
    return obj


def money(obj: JSON, key: str) -> Money:
    """The amount in `key` with the object's own currency."""
    return from_wire(whole(obj, key), text(obj, "currency"))


def id_of(obj: JSON, key: str) -> str:
    """The id in a field that holds an id, or the whole object when it was expanded; empty where it is null."""
    value = obj.get(key)
    if isinstance(value, Mapping):
        return text(value, "id")
    return text_or_empty(obj, key)


def expanded(obj: JSON, key: str) -> JSON | None:
    """The object in an expandable field, if it is there and not only its id."""
    value = obj.get(key)
    return value if isinstance(value, Mapping) else None


def listed(obj: JSON, key: str) -> Iterator[JSON]:
    """The objects of a list, either a Stripe list (`{object: list, data: []}`) or a bare array; none where null."""
    value = obj.get(key)
    if isinstance(value, Mapping):
        value = value.get("data")
    if value is None:
        return
    if not isinstance(value, list):
        raise unreadable(obj, key)
    for item in value:
        if not isinstance(item, Mapping):
            raise unreadable(obj, key)
        yield item


def mark(obj: JSON, key: str) -> str:
    """An id of ours in the object's metadata; empty where it carries none."""
    value = part(obj, "metadata").get(key)
    return value if isinstance(value, str) else ""
