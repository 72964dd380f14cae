"""`expand[]`: ids replaced by the objects they stand for."""

from __future__ import annotations

from typing import Any

from payments.sandbox.objects import Filter
from payments.sandbox.stripe import balance, refunding
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import invalid
from payments.sandbox.stripe.lists import short_list

_MAX_DEPTH = 4
_KINDS = {
    "pi": "payment_intent",
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "pyr": "refund",
    "txn": "balance_transaction",
    "dp": "dispute",
    "cus": "customer",
    "cs": "checkout.session",
    "pm": "payment_method",
    "tr": "transfer",
    "trr": "transfer_reversal",
}


def expand(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """The answer with every path of the request's `expand[]` expanded; raises 400 for what cannot be."""
    paths = call.params.texts("expand", most=20)
    if not paths:
        return body
    body = dict(body)
    for path in paths:
        steps = path.split(".")
        if len(steps) > _MAX_DEPTH + 1:
            raise invalid("You cannot expand more than 4 levels of a property.", param="expand")
        _walk(call, body, steps, path)
    return body


def _walk(call: Call, body: dict[str, Any], steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name not in body and not _include(call, body, name):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = body[name]
    if value is None:
        return
    if isinstance(value, str):
        found = _object(call, value)
        if found is None:
            raise invalid(f"This property cannot be expanded ({path}).", param="expand")
        body[name] = value = found
    if isinstance(value, list):
        body[name] = value = [dict(each) for each in value]
        inner = value
    elif isinstance(value, dict):
        body[name] = value = dict(value)
        inner = [value]
    else:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    for each in inner:
        if rest:
            _walk(call, each, rest, path)


def _include(call: Call, body: dict[str, Any], name: str) -> bool:
    """Parts that are left out unless they are asked for."""
    if body.get("object") == "charge" and name == "refunds":
        found = call.objects.all(kind=refunding.KIND, filters=[Filter("charge", (body["id"],))])
        body["refunds"] = short_list([each.body for each in found], url=f"/v1/charges/{body['id']}/refunds")
        return True
    if body.get("object") == "checkout.session" and name == "line_items":
        lines = call.load("checkout.session", body["id"]).hidden["lines"]
        body["line_items"] = short_list(lines, url=f"/v1/checkout/sessions/{body['id']}/line_items")
        return True
    return False


def _object(call: Call, object_id: str) -> dict[str, Any] | None:
    kind = _KINDS.get(object_id.split("_", 1)[0])
    stored = call.find(kind, object_id) if kind else None
    if stored is None:
        return None
    return balance.show(call, stored) if kind == balance.KIND else dict(stored.body)
