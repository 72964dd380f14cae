"""Request parameters: bracketed form fields into a tree, and typed reading of it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox.stripe.errors import invalid, missing_parameter, unknown_parameter

_MAX_DEPTH = 8
_INTEGER = re.compile(r"-?\d{1,18}")
_FIELD = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def parse_form(text: str) -> dict[str, Any]:
    """`a[b]=x`, `a[0][c]=y`, `a[]=z` into nested dicts and lists; raises StripeError (400) for what has no shape."""
    tree: dict[str, Any] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=2_000)
    except ValueError as problem:
        raise invalid("Invalid request: the parameters cannot be read") from problem
    for name, value in pairs:
        match = _FIELD.fullmatch(name)
        if match is None:
            raise invalid(f"Invalid request: {name[:80]}", param=name[:80])
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        if len(steps) > _MAX_DEPTH:
            raise invalid("Invalid request: nested too deeply", param=match[1])
        _put(tree, steps, value, name)
    return {name: _listed(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    for step in steps[:-1]:
        tree = tree.setdefault(_index(tree, step), {})
        if not isinstance(tree, dict):
            raise invalid(f"Invalid request: {name} is both a value and a hash", param=name)
    last = _index(tree, steps[-1])
    if isinstance(tree.get(last), dict):
        raise invalid(f"Invalid request: {name} is both a value and a hash", param=name)
    tree[last] = value


def _index(tree: dict[str, Any], step: str) -> str:
    """`a[]=…` appends."""
    return step if step else str(len(tree))


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


class Params:
    """One hash of parameters. Every reader raises Stripe's 400 for a value of another type.

    An empty string counts as absent, as with Stripe, where it unsets a field.
    """

    def __init__(self, tree: dict[str, Any], *, prefix: str = "") -> None:
        self.tree = tree
        self._prefix = prefix

    def __contains__(self, name: str) -> bool:
        return name in self.tree

    def only(self, *names: str) -> None:
        """Refuses every parameter that is not among the names (`expand` always is)."""
        if "payment_method_types" in self.tree and "payment_method_types" not in names:
            raise invalid(
                "`payment_method_types` is no longer supported. Use `automatic_payment_methods`, "
                "`allowed_payment_method_types` or `excluded_payment_method_types` instead.",
                param=self.name("payment_method_types"),
                code="payment_method_types_no_longer_supported",
            )
        for each in self.tree:
            if each not in names and each != "expand":
                raise unknown_parameter(self.name(each))

    def name(self, name: str) -> str:
        """The parameter's full name, as errors give it."""
        return f"{self._prefix}[{name}]" if self._prefix else name

    def text(self, name: str, *, limit: int = 5_000) -> str | None:
        """A string of at most `limit` characters, or None."""
        value = self.tree.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            raise invalid("Invalid string", param=self.name(name))
        if len(value) > limit:
            raise invalid(f"Invalid string: must be at most {limit} characters", param=self.name(name))
        return value

    def required_text(self, name: str) -> str:
        """A string; raises `parameter_missing`."""
        value = self.text(name)
        if value is None:
            raise missing_parameter(self.name(name))
        return value

    def integer(self, name: str) -> int | None:
        """A whole number, or None."""
        value = self.text(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            raise invalid(f"Invalid integer: {value[:40]}", param=self.name(name), code="parameter_invalid_integer")
        return int(value)

    def positive(self, name: str) -> int | None:
        """A whole number of at least 1, or None."""
        value = self.integer(name)
        if value is not None and value < 1:
            raise invalid(
                "This value must be greater than or equal to 1.",
                param=self.name(name),
                code="parameter_invalid_integer",
            )
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """`true` or `false`."""
        value = self.text(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value[:40]}", param=self.name(name))
        return value == "true"

    def choice(self, name: str, *choices: str) -> str | None:
        """One of the choices, or None."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise invalid(f"Invalid {name}: must be one of {', '.join(choices)}", param=self.name(name))
        return value

    def inner(self, name: str) -> Params | None:
        """A hash, or None."""
        value = self.tree.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=self.name(name))
        return Params(value, prefix=self.name(name))

    def texts(self, name: str, *, most: int = 100) -> list[str] | None:
        """An array of at most `most` strings, or None."""
        value = self.tree.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise invalid("Invalid array", param=self.name(name))
        if len(value) > most:
            raise invalid(f"Invalid array: at most {most} elements", param=self.name(name))
        return value

    def inners(self, name: str, *, most: int = 100) -> list[Params] | None:
        """An array of at most `most` hashes, or None."""
        value = self.tree.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value) or len(value) > most:
            raise invalid("Invalid array", param=self.name(name))
        return [Params(each, prefix=f"{self.name(name)}[{index}]") for index, each in enumerate(value)]


def merge_metadata(present: dict[str, str], params: Params) -> dict[str, str]:
    """The object's metadata after this request: keys merge, an empty value removes its key, an empty hash all.

    At most 50 keys, 40 characters a key, 500 a value.
    """
    if "metadata" not in params:
        return present
    given = params.tree["metadata"]
    if given == "":
        return {}
    if isinstance(given, list):
        # Keys that are all digits look like an array on the wire.
        given = {str(index): each for index, each in enumerate(given)}
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise invalid("Invalid metadata: values must be strings", param=params.name("metadata"))
    merged = {**present, **given}
    for key, value in given.items():
        if value == "":
            merged.pop(key)
        if len(key) > 40 or len(value) > 500:
            raise invalid(
                "Invalid metadata: keys have at most 40 characters, values at most 500",
                param=f"{params.name('metadata')}[{key[:40]}]",
            )
    if len(merged) > 50:
        raise invalid("Invalid metadata: at most 50 keys", param=params.name("metadata"))
    return merged
