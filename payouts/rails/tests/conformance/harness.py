"""What a rail's sandbox must be able to do, so that the conformance suite can prove its adapter."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from payouts.rails.contract import NewDestination, PayoutView, Rail


class RailHarness(Protocol):
    """The other side of a rail: our float, the payee's bank, the network, and the truth about the money.

    Every test has a fresh harness; ids are never used twice.
    """

    rail: Rail
    """The rail under test, guarded as the registry does it, with a read timeout of a second or more."""

    currency: str
    kinds: tuple[str, ...]
    """The kinds of destinations that it pays to."""

    refuses_minor: int | None
    """An amount of `currency` that is too small to be paid out; None where the rail knows no smallest one."""

    def misconfigured(self) -> Rail:
        """The same rail with credentials that it refuses."""

    def unreachable(self) -> Rail:
        """The same rail at an address where nobody answers."""

    queued_minor: int
    """An amount that the rail takes, and keeps in its queue, while our float has FUNDS_MINOR."""

    # Our float, and the payee

    def fund(self, amount_minor: int) -> None:
        """Money comes to where payouts are drawn on."""

    def float_minor(self) -> int:
        """What is there, as the rail itself counts."""

    def new_destination(self, kind: str) -> NewDestination:
        """An account of a payee that will be found good."""

    def bad_destination(self, kind: str) -> NewDestination | None:
        """One that the rail's look at it finds not to be there; None where it looks at none."""

    def settle_destination(self, recipient_id: str, account_id: str) -> None:
        """What of it waits for the payee, or for their bank, is done: it is found good or bad."""

    def failing_destination(self, kind: str) -> NewDestination:
        """One that the bank refuses, for good, when it is paid to."""

    def undecided_destination(self, kind: str) -> NewDestination:
        """One whose bank says nothing until it is ordered to."""

    def bank_decides(self, payout: PayoutView) -> None:
        """The bank's answer to a payout that is on its way comes: it arrived, or it failed, by its destination."""

    def bank_returns(self, payout: PayoutView) -> None:
        """What had arrived comes back."""

    # The network

    def answers_lost(self) -> AbstractContextManager[None]: ...

    def broken_after(self) -> AbstractContextManager[None]: ...

    def broken_before(self) -> AbstractContextManager[None]: ...

    def limited(self) -> AbstractContextManager[None]: ...

    def now(self) -> datetime: ...

    # The truth

    def paid_minor(self, our_id: str) -> int:
        """What the payee's bank got for this payout of ours and still has."""

    def payouts_made(self, our_id: str) -> int:
        """How often money left for it."""
