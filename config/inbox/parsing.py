"""Turns a delivery's bytes into a JSON object, or says precisely why it is not one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from config.inbox.contract import Rejected

MAX_DEPTH = 64
_surrogate_escape = re.compile(r"\\u[dD][89a-fA-F]").search
_surrogate = re.compile(r"[\ud800-\udfff]").search


def _no_number(name: str) -> None:
    """`NaN` and the infinities: Python reads them, JSON (RFC 8259 section 6) does not have them."""
    raise ValueError(name)


_decode = json.JSONDecoder(parse_constant=_no_number).decode


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises Rejected: not_utf8, not_json, not_an_object, nul_character, half_a_character, nested_too_deeply.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("not_utf8") from None
    try:
        parsed = _decode(text)
    except RecursionError:
        raise Rejected("nested_too_deeply") from None
    except ValueError:
        raise Rejected("not_json") from None
    if not isinstance(parsed, dict):
        raise Rejected("not_an_object")
    # Deep values are refused whatever the interpreter's stack allows: what we store, we must be able to read again.
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth_exceeds(parsed, MAX_DEPTH):
        raise Rejected("nested_too_deeply")
    if "\\u0000" in text and _any_text(parsed, lambda part: "\x00" in part):
        raise Rejected("nul_character")
    if _surrogate_escape(text) and _any_text(parsed, lambda part: bool(_surrogate(part))):
        raise Rejected("half_a_character")
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


def _any_text(value: Any, test: Callable[[str], bool]) -> bool:
    """Whether a string or a key anywhere in it passes: no text column takes what we look for."""
    pending = [value]
    while pending:
        present = pending.pop()
        if isinstance(present, str) and test(present):
            return True
        if isinstance(present, dict) and any(test(key) for key in present):
            return True
        pending.extend(_children(present))
    return False


def text_of(payload: dict[str, Any], name: str, *, at_most: int = 255) -> str:
    """A string member that is there, not empty and not absurdly long. Raises Rejected("no_<name>")."""
    value = payload.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= at_most:
        raise Rejected(f"no_{name}")
    return value
