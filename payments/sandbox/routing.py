"""Which call of a gateway answers which method and path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path and who answers; each gateway's own adds what its door asks."""

    method: str
    pattern: re.Pattern[str]
    handler: Callable[..., dict[str, Any]]


AnyRoute = TypeVar("AnyRoute", bound=Route)


def pattern_of(path: str, *, ids: str) -> re.Pattern[str]:
    """A path with `{id}` in it, as an expression whose groups are the ids."""
    return re.compile(path.replace("{id}", f"({ids})"))


def find_route(routes: Iterable[AnyRoute], *, method: str, path: str) -> tuple[AnyRoute, tuple[str, ...]] | None:
    """The route and the ids in the path."""
    for route in routes:
        if route.method == method:
            match = route.pattern.fullmatch(path)
            if match is not None:
                return route, match.groups()
    return None
