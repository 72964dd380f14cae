"""Finds what a gateway's control order names: a verb, and the object that it is done to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from payments.sandbox.calls import OpenCall
from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Stored

_PATH = re.compile(r"([a-z_]+)/([A-Za-z0-9_-]+)/([a-z_]+)")
Verb = TypeVar("Verb")


@dataclass(frozen=True, slots=True)
class Wanted(Generic[Verb]):
    """POST …/{noun}/{id}/{verb}, with the function behind the verb."""

    verb: Verb
    noun: str
    object_id: str

    def object_of(self, call: OpenCall, *, kinds: Mapping[str, str]) -> Stored:
        """What the verb is done to. Raises OrderRefused where there is none of that id."""
        stored = call.find(kinds[self.noun], self.object_id)
        if stored is None:
            raise OrderRefused(f"there is no {self.object_id}")
        return stored


def wanted(verbs: Mapping[tuple[str, str], Verb], *, method: str, path: str) -> Wanted[Verb] | None:
    """What is to be done, by the table of a gateway's verbs on its nouns; None where it is none of them."""
    match = _PATH.fullmatch(path)
    if match is None or method != "POST":
        return None
    verb = verbs.get((match[1], match[3]))
    return None if verb is None else Wanted(verb, match[1], match[2])
