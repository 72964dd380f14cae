"""What the other side of a transfer provider must be able to do, so that the suite can prove its adapter."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from orders.tickets.providers.contract import TransferProvider, TransferView


class Harness(Protocol):
    """The recipient, the time, and the truth at the provider. Every test has a fresh one; ids are never used twice."""

    provider: TransferProvider
    """The adapter under test, guarded as the registry does it."""

    def now(self) -> datetime:
        """The provider's clock."""

    def accept(self, view: TransferView) -> None:
        """The recipient takes the tickets; where they cannot any more, nothing happens."""

    def decline(self, view: TransferView) -> None:
        """The recipient wants none."""

    def pass_time_beyond(self, view: TransferView) -> None:
        """It is later than the transfer may be accepted."""

    def transfers_made(self, reference: str) -> int:
        """How many transfers carry our reference."""


class NetworkHarness(Harness, Protocol):
    """One whose provider is asked over a network."""

    def misconfigured(self) -> TransferProvider:
        """The same provider with credentials that it refuses."""

    def unreachable(self) -> TransferProvider:
        """The same provider at an address where nobody answers."""

    def answers_lost(self) -> AbstractContextManager[None]:
        """Requests are executed and their answers are lost."""

    def broken_after(self) -> AbstractContextManager[None]:
        """Requests are executed and answered with an error of the provider's own."""

    def broken_before(self) -> AbstractContextManager[None]:
        """Requests are answered with an error of the provider's own and not executed."""

    def limited(self) -> AbstractContextManager[None]:
        """Requests are refused for being too many, and not executed."""

    def slow(self) -> AbstractContextManager[None]:
        """Requests are executed, and answered later than anybody waits."""


class TellingHarness(Harness, Protocol):
    """One whose provider tells what happened."""

    webhook_secrets: tuple[str, str]
    """Two secrets that are in force at once, the newer one first; the adapter under test has both."""

    def told(self, secret: str, view: TransferView) -> tuple[dict[str, str], bytes]:
        """The last webhook about this transfer, signed with that secret now: headers and body."""
