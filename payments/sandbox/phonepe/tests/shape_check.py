"""Shapes of what PhonePe says: which keys an object must and may have, and of which types. Derived, never invented.

`python -m payments.sandbox.phonepe.tests.shape_check ../shared/samples/phonepe` writes shapes.json anew from samples. A
shape holds no value of any sample. A key is required when every sample of its place has it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("shapes.json")
# Kind → the samples that show it.
KINDS = {
    "token": ("api/oauth_token__*",),
    "pay": ("api/pay_response_created__*",),
    "status": ("api/order_status_completed__*", "api/order_status_failed__*", "api/order_status_pending__*",
               "api/order_status_pending_no_attempt__*"),
    "refund": ("api/refund_response__*",),
    "error": ("api/order_status_unknown__*", "api/pay_response_duplicate__*", "api/pay_response_500__*"),
    "order event": ("checkout.*", "pg.order.*"),
    "refund event": ("pg.refund.*",),
}  # fmt: skip
# The merchant's own, or one of many: any key may be there.
OPEN = ("metaInfo", "rail", "instrument")
Shape = dict[str, Any]


def derive(folder: Path) -> dict[str, Shape]:
    """The shapes by kind."""
    found = {}
    for kind, patterns in KINDS.items():
        samples = [json.loads(path.read_text()) for pattern in patterns for path in sorted(folder.glob(pattern))]
        found[kind] = _shape(samples)
    return found


def _shape(values: list[Any]) -> Shape:
    shape: Shape = {"types": sorted({type(value).__name__ for value in values})}
    objects = [value for value in values if isinstance(value, dict)]
    items = [item for value in values if isinstance(value, list) for item in value]
    if objects:
        names = sorted({name for each in objects for name in each})
        shape["required"] = [name for name in names if all(name in each for each in objects)]
        shape["fields"] = {
            name: {"types": ["dict"], "open": True}
            if name in OPEN
            else _shape([each[name] for each in objects if name in each])
            for name in names
        }
    if items:
        shape["items"] = _shape(items)
    return shape


def violations(value: Any, kind: str) -> list[str]:
    """Everything in which the value departs from the shape of its kind; empty when it is faithful."""
    return list(_departures(value, json.loads(FILE.read_text())[kind], kind))


def _departures(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if type(value).__name__ not in shape["types"]:
        yield f"{path} is {type(value).__name__}, not {' or '.join(shape['types'])}"
    elif isinstance(value, dict) and not shape.get("open"):
        yield from (f"{path}.{name} is missing" for name in shape.get("required", []) if name not in value)
        for name, inner in value.items():
            known = shape.get("fields", {}).get(name)
            if known is None:
                yield f"{path}.{name} is not a key that PhonePe has"
            else:
                yield from _departures(inner, known, f"{path}.{name}")
    elif isinstance(value, list) and "items" in shape:
        for number, item in enumerate(value):
            yield from _departures(item, shape["items"], f"{path}[{number}]")


if __name__ == "__main__":
    FILE.write_text(json.dumps(derive(Path(sys.argv[1])), indent=1, sort_keys=True) + "\n")
