"""Compares JSON with a shape: which keys an object must and may have, of which types, nullable or not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "shapes"


@cache
def shapes() -> dict[str, dict[str, Any]]:
    """The committed shapes by the `object` of what they describe."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def type_of(value: object) -> str:
    """JSON's name for the type, with whole numbers told from others."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    names = {int: "int", float: "float", str: "str", list: "array", dict: "object"}
    return names[type(value)]


def violations(value: Any, *, shape: str) -> list[str]:
    """Everything in which the value departs from the named shape; empty when it is faithful."""
    return list(_object(value, shapes()[shape], shape))


def _object(value: dict[str, Any], shape: dict[str, Any], path: str) -> list[str]:
    fields: dict[str, Any] = shape.get("fields", {})
    found = [f"{path}.{name} is missing" for name, node in fields.items() if node.get("required") and name not in value]
    for name, inner in value.items():
        node = fields.get(name)
        if node is not None:
            found += _value(inner, node, f"{path}.{name}")
        elif not shape.get("open"):
            found.append(f"{path}.{name} is not a key that Stripe has")
    return found


def _value(value: Any, node: dict[str, Any], path: str) -> list[str]:
    kind = type_of(value)
    if kind not in node["types"] and not (kind == "int" and "float" in node["types"]):
        return [f"{path} is {kind}, not {' or '.join(node['types'])}"]
    if kind == "array":
        return [each for index, item in enumerate(value) for each in _item(item, node, f"{path}[{index}]")]
    if kind != "object":
        return []
    name = value.get("object")
    known = shapes().get(name) if isinstance(name, str) else None
    return _object(value, known or node, path)


def _item(value: Any, node: dict[str, Any], path: str) -> list[str]:
    return _value(value, node["items"], path) if "items" in node else []
