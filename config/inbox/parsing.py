"""Turns a delivery's bytes into a JSON object, or says precisely why it is not one."""

from __future__ import annotations

import json
from typing import Any

from config.inbox.contract import Rejected

MAX_DEPTH = 64


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises Rejected: not_utf8, not_json, not_an_object, nul_character, nested_too_deeply.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("not_utf8") from None
    try:
        parsed = json.loads(text)
    except RecursionError:
        raise Rejected("nested_too_deeply") from None
    except ValueError:
        raise Rejected("not_json") from None
    if not isinstance(parsed, dict):
        raise Rejected("not_an_object")
    # Deep values are refused whatever the interpreter's stack allows: what we store, we must be able to read again.
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth_exceeds(parsed, MAX_DEPTH):
        raise Rejected("nested_too_deeply")
    if "\\u0000" in text and _has_nul(parsed):
        raise Rejected("nul_character")
    return parsed


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _has_nul(value: Any) -> bool:
    pending = [value]
    while pending:
        present = pending.pop()
        if isinstance(present, str) and "\x00" in present:
            return True
        if isinstance(present, dict) and any("\x00" in key for key in present):
            return True
        pending.extend(_children(present))
    return False


def text_of(payload: dict[str, Any], name: str, *, at_most: int = 255) -> str:
    """A string member that is there, not empty and not absurdly long. Raises Rejected("no_<name>")."""
    value = payload.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= at_most:
        raise Rejected(f"no_{name}")
    return value
