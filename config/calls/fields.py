"""Reads one field of any gateway's object, or says which object and field could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.calls.failures import UnreadableObject
from config.kernel.clock import from_epoch

JSON = Mapping[str, Any]

_LARGEST = 2**63 - 1  # what a bigint column holds
_LATEST_EPOCH = 253_402_300_799  # the last second of the year 9999


def named(obj: JSON) -> str:
    """The kind, as the gateways write it: `object` at Stripe, `entity` at Razorpay."""
    kind = obj.get("object", obj.get("entity"))
    return kind if isinstance(kind, str) else "object"


def unreadable(obj: JSON, key: str) -> UnreadableObject:
    """The error that names the kind of object and the field. Never the value: it may be about a person."""
    return UnreadableObject(f"{named(obj)}.{key}")


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


def instant(obj: JSON, key: str) -> datetime:
    """Whole seconds since 1970, as an instant in UTC."""
    seconds = whole(obj, key)
    if not 0 <= seconds <= _LATEST_EPOCH:
        raise unreadable(obj, key)
    return from_epoch(seconds)


def part(obj: JSON, key: str) -> JSON:
    """A hash inside the object; empty where it is missing or null."""
    value = obj.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise unreadable(obj, key)
    return value
