"""One call: what a handler works with, whoever asked: the API, the recipient, a timer or the control endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from payments.sandbox.calls import OpenCall

GATEWAY = "transfers"


@dataclass(slots=True)
class Call(OpenCall):
    """A call of the transfer provider's."""

    gateway = GATEWAY

    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def now_text(self) -> str:
        """The time as the provider writes it."""
        return text_of(self.now)


def text_of(seconds: float) -> str:
    """An instant in ISO 8601, to the microsecond."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seconds_of(text: object) -> float | None:
    """What an instant in ISO 8601 is in epoch seconds; None where it is none, or says no zone."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo else None
