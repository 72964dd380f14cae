"""Derives the committed shapes from recorded samples.

Run it with `python -m payments.sandbox.tests.derive_shapes ../shared/samples`.

A shape holds no value of any sample, only keys and types. Three sources, by authority:

- the vendor's present fixture of each object (`objects_current`): which keys exist today;
- recordings of the real API and of real webhooks: which of them are always there, of which type, and when null;
- the annotations of the vendor's SDK: the types of what no recording happens to show.

A key is required when the present fixture and every recorded answer have it, or when the SDK says that it is never
absent. Recordings of older versions widen types and add optional keys: readers must take both.
"""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import stripe
from stripe._error_object import ErrorObject

from payments.sandbox.tests.shape_check import FOLDER, type_of

CLASSES: dict[str, type] = {
    "account": stripe.Account,
    "account_link": stripe.AccountLink,
    "application": stripe.Application,
    "balance": stripe.Balance,
    "balance_transaction": stripe.BalanceTransaction,
    "bank_account": stripe.BankAccount,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "error": ErrorObject,
    "event": stripe.Event,
    "file": stripe.File,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
    "price": stripe.Price,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
# In the fixtures, but left out of answers unless they are expanded: since 2022-11-15, and line items always.
ONLY_EXPANDED = {("charge", "refunds"), ("checkout.session", "line_items")}
# docs.stripe.com/api/errors; not every error has a code.
ALWAYS_IN_ERRORS = ("message", "type")
# Hashes whose keys are the account's or the method's own.
OPEN = ("metadata", "capabilities", "fraud_details", "radar_options", "payment_method_options", "use_stripe_sdk")
# Of the many kinds of payment method, those that the sandbox has.
METHOD_TYPES = ("card", "us_bank_account", "sepa_debit")
OLDEST_RECORDED = "2020"


@dataclass
class Node:
    """What is known of one place: its types, its keys, and how often it was seen in which source."""

    types: set[str] = field(default_factory=set)
    fields: dict[str, Node] = field(default_factory=dict)
    items: Node | None = None
    open: bool = False
    required: bool = False
    objects: dict[str, int] = field(default_factory=dict)  # how many objects each source showed here
    seen: dict[str, int] = field(default_factory=dict)  # in how many of the parent's objects this key was

    def inner(self, name: str) -> Node:
        return self.fields.setdefault(name, Node())


def derive(samples: Path) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The shapes by object, and what the recorded events say of each type: its object and its changed attributes."""
    roots = {name: Node() for name in (*CLASSES, "list")}
    event_types: dict[str, dict[str, Any]] = {}
    for source, document in _documents(samples / "stripe"):
        for found in _objects(document):
            if found["object"] in roots:
                _learn(roots[found["object"]], found, source)
        if "error" in document:
            _learn(roots["error"], document["error"], source)
        if document.get("object") == "event" and source == "recorded":
            subject = document["data"]["object"]["object"]
            if subject not in CLASSES:
                continue
            previous = document["data"].get("previous_attributes")
            event_types[document["type"]] = {
                "object": subject,
                "previous": None if previous is None else sorted(previous),
            }
    for name, known in CLASSES.items():
        _decide(roots[name], name)
        _widen(roots[name], known, top=name)
    _decide(roots["list"], "list")
    for name in ALWAYS_IN_ERRORS:
        roots["error"].fields[name].required = True
    roots["event"].fields["data"].inner("object").open = True
    roots["event"].fields["data"].inner("previous_attributes").open = True
    return {name: _plain(node) for name, node in roots.items()}, dict(sorted(event_types.items()))


def _documents(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((folder / "objects_current").glob("*.json")):
        yield "current", json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((folder / "api_recorded").glob("*.json")):
        yield "answered", json.loads(path.read_text(encoding="utf-8"))["response"]["json"]
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if (document.get("api_version") or "") >= OLDEST_RECORDED:
            yield "recorded", document


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("object"), str):
            yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


def _learn(node: Node, value: dict[str, Any], source: str) -> None:
    node.objects[source] = node.objects.get(source, 0) + 1
    for name, inner in value.items():
        child = node.inner(name)
        child.seen[source] = child.seen.get(source, 0) + 1
        _learn_value(child, inner, source, name)


def _learn_value(node: Node, value: Any, source: str, name: str) -> None:
    kind = type_of(value)
    node.types.add(kind)
    if kind == "array":
        for each in value:
            node.items = node.items or Node()
            _learn_value(node.items, each, source, name)
    elif kind == "object" and name in OPEN:
        node.open = True
    elif kind == "object" and "object" not in value:
        _learn(node, value, source)


def _decide(node: Node, path: str) -> None:
    """Marks what every source that is today's, or the real thing, always has."""
    sources = ("current", "answered") if node.objects.get("answered") else ("current", "recorded")
    asked = [each for each in sources if node.objects.get(each)]
    for name, child in node.fields.items():
        always = all(child.seen.get(each, 0) == node.objects[each] for each in asked)
        # The vendor's fixtures of nested objects are sketches; alone they require nothing.
        optional = (path, name) in ONLY_EXPANDED or name in METHOD_TYPES
        child.required = always and len(asked) == 2 and not optional
        _decide(child, f"{path}.{name}")
        if child.items is not None:
            _decide(child.items, f"{path}.{name}[]")


def _widen(node: Node, known: type, *, top: str) -> None:
    """Adds what the SDK knows: further types, further optional keys, and which keys are never absent."""
    for name, annotation in known.__annotations__.items():
        if name.startswith("_") or name in ("OBJECT_NAME", "deleted"):
            continue
        if _is_method_type(name, known) and name not in METHOD_TYPES:
            continue
        child = node.inner(name)
        unseen = not child.types and bool(node.objects)
        if name in OPEN:
            child.types |= {"object", "null"} if _is_optional(annotation) else {"object"}
            child.open = True
        else:
            _widen_value(child, annotation)
        if top not in ("", "error") and "null" not in child.types and not unseen and (top, name) not in ONLY_EXPANDED:
            child.required = True


def _is_method_type(name: str, known: type) -> bool:
    """Whether the key is named for a kind of payment method, of which there are dozens."""
    if known.__name__ not in ("PaymentMethodDetails", "PaymentMethod", "DestinationDetails") or name == "type":
        return False
    class_of_its_own = name.title().replace("_", "") in vars(stripe.PaymentMethod)
    return name in stripe.Charge.PaymentMethodDetails.__annotations__ or class_of_its_own


def _is_optional(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def _widen_value(node: Node, annotation: Any) -> None:
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Literal:
        node.types |= {type_of(each) for each in arguments}
    elif origin is typing.Union:
        for each in arguments:
            _widen_value(node, each)
    elif origin is list:
        node.types.add("array")
        node.items = node.items or Node()
        _widen_value(node.items, arguments[0])
    elif annotation in (int, float, str, bool, type(None)):
        node.types.add(type_of(None) if annotation is type(None) else annotation.__name__)
    elif annotation is Decimal:
        node.types.add("str")
    elif isinstance(annotation, type) and issubclass(annotation, stripe.StripeObject) and annotation.__annotations__:
        node.types.add("object")
        _widen(node, annotation, top="")
    else:
        # Another object of the API, which has its own shape, or a hash of anything.
        node.types.add("object")
        node.open = True


def _plain(node: Node) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if node.types:
        plain["types"] = sorted(node.types)
    if node.required:
        plain["required"] = True
    if node.open:
        plain["open"] = True
    if node.items is not None and node.items.types:
        plain["items"] = _plain(node.items)
    if node.fields:
        plain["fields"] = {name: _plain(child) for name, child in sorted(node.fields.items())}
    return plain


def main(samples: Path) -> None:
    """Writes the shapes."""
    found, event_types = derive(samples)
    for name, shape in found.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(shape, indent=1) + "\n", encoding="utf-8")
    target = FOLDER.parent / "recorded_events.json"
    target.write_text(json.dumps(event_types, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
