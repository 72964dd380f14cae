"""A payee who was paid over Connect and owes us, with so much on their account there."""

from __future__ import annotations

from payouts.payout.models import Payout
from payouts.reversals.models import Reversal
from payouts.reversals.services.decide import approve_reversal
from payouts.tests.connect_world import ConnectWorld

FINANCE = "user:finance"


def owing(connect: ConnectWorld, *, debt: int = 3_000, has: int = 10_000) -> Payout:
    """10,000 were paid out, and `debt` of it was clawed back since; `has` stands on their account from elsewhere."""
    payout = connect.paid()
    if has:
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=has)
    connect.books.take_back(payout.payee, debt, "USD")
    connect.work()
    return connect.books.again(payout)


def let_go(connect: ConnectWorld, *, actor: str = FINANCE) -> Reversal:
    reversal = Reversal.objects.get(status="proposed")
    approve_reversal(reversal_pk=reversal.pk, actor=actor, reason="looked at it", at=connect.world.now())
    return reversal


def taken_back(connect: ConnectWorld) -> Reversal:
    """The newest reversal after everything was worked off."""
    connect.work()
    return Reversal.objects.latest("pk")
