"""What a source's verifier and handler exchange with the inbox: plain values and named outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery whose signature held. `account` is the code of the credentials whose secret verified it.

    `is_hint`: the body is not signed, so that it says only what to ask about. One under an id that is known already is
    no duplicate: it makes its row due again, because the first may have been forged, and what it is about may have
    changed since it was asked about.
    """

    account: str
    event_id: str
    type: str
    object_id: str
    livemode: bool
    occurred_at: datetime
    api_version: str = ""
    body_is_unique: bool = False
    is_hint: bool = False


class Rejected(Exception):
    """A delivery that is not believed. `reason` is a stable code which the operator sees."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event, as a handler sees it."""

    id: int
    source: str
    account: str
    event_id: str
    type: str
    object_id: str
    livemode: bool
    occurred_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of an event: `processed`, `ignored` or `foreign`; a note in one line; whom it concerns."""

    outcome: str
    note: str = ""
    concerns: tuple[str, ...] = field(default=())

    @classmethod
    def processed(cls, note: str, *concerns: str) -> Handled:
        return cls("processed", note, concerns)

    @classmethod
    def ignored(cls, note: str, *concerns: str) -> Handled:
        return cls("ignored", note, concerns)

    @classmethod
    def foreign(cls, note: str) -> Handled:
        return cls("foreign", note)


class Park(Exception):
    """The event came before its object. It is woken by the commit which first stores what `wake_key` names."""

    def __init__(self, wake_key: str) -> None:
        super().__init__(wake_key)
        self.wake_key = wake_key


class NeedsFetch(Exception):
    """The handler needs the gateway's answer: the engine rolls back, fetches with no lock held, and runs it again."""

    def __init__(self, kind: str, object_id: str) -> None:
        super().__init__(f"{kind} {object_id}")
        self.kind = kind
        self.object_id = object_id


class Hopeless(Exception):
    """Trying again cannot help: the event is dead at once and waits for a person. `code` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class Verify(Protocol):
    def __call__(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
        """Raises Rejected. Reads the exact bytes before any parsing."""


class Handle(Protocol):
    def __call__(self, event: Event, *, fetched: Mapping[tuple[str, str], Any], at: datetime) -> Handled:
        """One transaction around it, the engine's. May raise Park, NeedsFetch or a Refused."""


class Fetch(Protocol):
    def __call__(self, *, account: str, kind: str, object_id: str) -> Any:
        """Asks the gateway, with no transaction open. None when the gateway knows nothing."""
