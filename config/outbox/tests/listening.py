"""Listeners whose behaviour a test decides, and a table of topics that has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

FIRST, SECOND, MONEY = (f"config.outbox.tests.listening.{name}" for name in ("first", "second", "money"))
LISTENERS: dict[str, list[str]] = {"thing.made": [FIRST, SECOND], "thing.paid": [MONEY], "thing.silent": []}
Act = Callable[[Mapping[str, Any], datetime], None]


def nothing(payload: Mapping[str, Any], at: datetime) -> None:
    """What a listener does unless the test says otherwise."""


@dataclass
class Heard:
    """What each listener was told, and what it does about it."""

    told: list[tuple[str, Mapping[str, Any], datetime]] = field(default_factory=list)
    first: Act = nothing
    second: Act = nothing
    money: Act = nothing

    def names(self) -> list[str]:
        return [name for name, _, _ in self.told]


heard = Heard()


def first(payload: Mapping[str, Any], at: datetime) -> None:
    heard.told.append(("first", payload, at))
    heard.first(payload, at)


def second(payload: Mapping[str, Any], at: datetime) -> None:
    heard.told.append(("second", payload, at))
    heard.second(payload, at)


def money(payload: Mapping[str, Any], at: datetime) -> None:
    heard.told.append(("money", payload, at))
    heard.money(payload, at)


def not_routed(payload: Mapping[str, Any], at: datetime) -> None:
    """Callable, but no listener of any topic."""
    heard.told.append(("not routed", payload, at))


def configure(settings: Any) -> Heard:
    """Routes the topics of the tests and forgets what was heard before."""
    settings.LISTENERS = {**settings.LISTENERS, **LISTENERS}
    settings.LISTENER_QUEUES = {**settings.LISTENER_QUEUES, MONEY: "money"}
    heard.__dict__.update(vars(Heard()))
    return heard
