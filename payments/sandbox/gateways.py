"""What the generic parts of the sandbox need from a gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from payments.sandbox.store import Transaction
from payments.sandbox.timers import Timer


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A webhook, ready to be sent."""

    url: str
    body: bytes
    headers: dict[str, str]


class Refused(Exception):
    """An answer that is no success; nothing was executed."""

    def __init__(self, *, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body.get("message", "")))
        self.status = status
        self.body = body


class OrderRefused(Exception):
    """The control endpoint's order makes no sense to a gateway; the message says why."""


def nobody() -> None:
    """Before the courier is there, nobody needs to be told."""


class SandboxGateway(Protocol):
    """One gateway's behaviour behind the shared store, timers and courier."""

    nudge: Callable[[], None]
    """Tells the courier that something new may be due; given once the courier is there."""

    @property
    def name(self) -> str:
        """The name under which its rows are kept."""

    def adopt_environment(self, transaction: Transaction) -> None:
        """Puts the environment's webhook endpoint in force, when the process starts or forgets everything."""

    @property
    def retry_after_s(self) -> tuple[float, ...]:
        """The pauses between the attempts to deliver a webhook."""

    def run_timer(self, transaction: Transaction, *, timer: Timer, now: float) -> None:
        """Does what was due at this time; called in the transaction that takes the timer off the list."""

    def outgoing(
        self, transaction: Transaction, *, event_id: str, endpoint_id: str, signature: str, signed_at_s: int
    ) -> Outgoing | None:
        """The signed webhook of an event for an endpoint; None when either is gone."""

    def note_delivery(self, transaction: Transaction, *, event_id: str, undelivered: int, now: float) -> None:
        """Told after each attempt how many endpoints have not taken the event."""
