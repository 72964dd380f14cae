"""Derives the committed shapes from the samples of Razorpay's documentation (it publishes no recordings).

Run it with `python -m payments.sandbox.razorpay.tests.derive_shapes ../shared/samples`. A shape holds no value of any
sample, only keys and types: `required` are the keys that every sample of the entity has.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from payments.sandbox.tests.shape_check import type_of

FILE = Path(__file__).parent / "shapes.json"
ENTITIES = (
    "order", "payment", "refund", "card", "dispute", "token", "contact", "fund_account", "fund_account.validation",
    "payout", "transaction",
)  # fmt: skip
Shape = dict[str, Any]


def derive(samples: Path) -> dict[str, Shape]:
    """The shapes by entity, with those of the envelope of an event and of an error."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in (*ENTITIES, "event", "error")}
    for path in sorted((samples / "razorpay").rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for entity in _entities(document):
            if entity["entity"] in found and "id" in entity:
                found[entity["entity"]].append(entity)
        if not isinstance(document, dict):
            continue
        if document.get("entity") == "event" and isinstance(document.get("event"), str) and "created_at" in document:
            found["event"].append(document)
        if isinstance(document.get("error"), dict):
            found["error"].append(document["error"])
    return {name: _shape(examples) for name, examples in found.items()}


def _entities(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("entity"), str):
            yield value
        for each in value.values():
            yield from _entities(each)
    elif isinstance(value, list):
        for each in value:
            yield from _entities(each)


def _shape(examples: list[dict[str, Any]]) -> Shape:
    types: dict[str, set[str]] = {}
    for example in examples:
        for name, value in example.items():
            types.setdefault(name, set()).add(type_of(value))
    required = [name for name in types if all(name in example for example in examples)]
    return {"required": sorted(required), "types": {name: sorted(types[name]) for name in sorted(types)}}


def violations(entity: dict[str, Any], shape: Shape) -> list[str]:
    """Everything in which an entity departs from its shape; empty when it is faithful."""
    missing = [f"{name} is missing" for name in shape["required"] if name not in entity]
    unknown = [f"{name} is not a key that Razorpay has" for name in entity if name not in shape["types"]]
    wrong = [
        f"{name} is {type_of(value)}, not {' or '.join(shape['types'][name])}"
        for name, value in entity.items()
        if name in shape["types"] and type_of(value) not in shape["types"][name]
    ]
    return missing + unknown + wrong


def main(samples: Path) -> None:
    """Writes the shapes."""
    FILE.write_text(json.dumps(derive(samples), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
