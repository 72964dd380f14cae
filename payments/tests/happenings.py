"""What may happen to a marketplace, by name, with what must be drawn for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from config.kernel.faultpoints import POINTS

WHICH = st.integers(0, 50)
Death = tuple[str, int] | None
Act = Callable[..., None]
# What may happen, by name, and what must be drawn for it.
HAPPENINGS: dict[str, dict[str, st.SearchStrategy[Any]]] = {}
# The same names, each as often as it should happen beside the others.
OFTEN: list[str] = []


def deaths(*beginnings: str) -> st.SearchStrategy[Death]:
    """Mostly none; else a point that an act may reach, and for which time its process dies there."""
    points = [point for point in POINTS if point.startswith(beginnings)]
    return st.one_of(st.none(), st.none(), st.tuples(st.sampled_from(points), st.integers(1, 2)))


def happening(*, often: int = 1, **drawn: st.SearchStrategy[Any]) -> Callable[[Act], Act]:
    """One of the things that may happen at any step, `often` times as likely as the rarest."""

    def register(act: Act) -> Act:
        HAPPENINGS[act.__name__] = drawn
        OFTEN.extend([act.__name__] * often)
        return act

    return register
