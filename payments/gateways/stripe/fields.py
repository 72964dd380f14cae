"""Reads one field of a Stripe object, or says which object and field could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.gateways.contract import UnreadableObject
from payments.gateways.stripe.amounts import from_wire

JSON = Mapping[str, Any]

_LARGEST = 2**63 - 1  # what a bigint column holds
_LATEST_EPOCH = 253_402_300_799  # the last second of the year 9999


def _named(obj: JSON) -> str:
    kind = obj.get("object")
    return kind if isinstance(kind, str) else "object"


def unreadable(obj: JSON, key: str) -> UnreadableObject:
    """The error that names the kind of object and the field. Never the value: it may be about a person."""
    return UnreadableObject(f"{_named(obj)}.{key}")


def a(kind: str, obj: object) -> JSON:
    """`obj`, if it is a Stripe object of that kind."""
    if not isinstance(obj, Mapping):
        raise UnreadableObject(f"not a {kind}")
    if obj.get("object") != kind:
        raise UnreadableObject(f"{_named(obj)} is not a {kind}")
    return obj


def text(obj: JSON, key: str) -> str:
    """A field that must be a string with something in it."""
    value = obj.get(key)
    if not isinstance(value, str) or not value:
        raise unreadable(obj, key)
    return value


def text_or_empty(obj: JSON, key: str) -> str:
    """A field that may be missing or null; then empty."""
    value = obj.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(obj, key)
    return value


def whole(obj: JSON, key: str) -> int:
    """A whole number. A float, a string or a bool is not one."""
    value = obj.get(key)
    if type(value) is not int or not -_LARGEST <= value <= _LARGEST:
        raise unreadable(obj, key)
    return value


def whole_or(obj: JSON, key: str, default: int) -> int:
    """A whole number; `default` where the field is missing or null."""
    return default if obj.get(key) is None else whole(obj, key)


def flag(obj: JSON, key: str) -> bool:
    """True or false, said plainly: a missing `livemode` is not test mode."""
    value = obj.get(key)
    if not isinstance(value, bool):
        raise unreadable(obj, key)
    return value


def flag_or_false(obj: JSON, key: str) -> bool:
    """True or false; false where the field is missing or null."""
    return obj.get(key) is not None and flag(obj, key)


def money(obj: JSON, key: str) -> Money:
    """The amount in `key` with the object's own currency."""
    return from_wire(whole(obj, key), text(obj, "currency"))


def instant(obj: JSON, key: str) -> datetime:
    """Whole seconds since 1970, as an instant in UTC."""
    seconds = whole(obj, key)
    if not 0 <= seconds <= _LATEST_EPOCH:
        raise unreadable(obj, key)
    return from_epoch(seconds)


def id_of(obj: JSON, key: str) -> str:
    """The id in a field that holds an id, or the whole object when it was expanded; empty where it is null."""
    value = obj.get(key)
    if isinstance(value, Mapping):
        return text(value, "id")
    return text_or_empty(obj, key)


def part(obj: JSON, key: str) -> JSON:
    """A hash inside the object; empty where it is missing or null."""
    value = obj.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise unreadable(obj, key)
    return value


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
