"""What every class of the suite starts from: a destination that is known to the rail, and a payout to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import Outcome
from payouts.rails.contract import (
    DestinationView,
    NewDestination,
    NewPayout,
    PayoutView,
    Rail,
    RailAnswer,
    RailTransferView,
)
from payouts.rails.contract import RailCapability as Can
from payouts.rails.tests.conformance.harness import RailHarness

AMOUNT_MINOR = 50_000
FUNDS_MINOR = 1_000_000
SPARE_MINOR = 5_000


class RailProofs:
    """Base of the suite's classes. `needs`: a rail that has all of it must run the class; `proves`: what it is the
    proof of; `without`: a rail that has any of it need not."""

    needs: ClassVar[frozenset[Can]] = frozenset()
    without: ClassVar[frozenset[Can]] = frozenset()
    proves: ClassVar[frozenset[Can]] = frozenset()

    @pytest.fixture
    def harness(self) -> RailHarness:
        """The rail's sandbox; the class that runs the suite says which."""
        raise NotImplementedError

    @pytest.fixture
    def rail(self, harness: RailHarness) -> Rail:
        return harness.rail

    def made_known(self, harness: RailHarness, new: NewDestination) -> DestinationView:
        """The payee and their account, as the rail knows them by now."""
        recipient = harness.rail.create_recipient(key=new_id("call"), new=new)
        assert recipient.outcome is Outcome.SUCCEEDED, recipient
        assert recipient.destination is not None
        account = harness.rail.create_destination(
            key=new_id("call"), new=replace(new, recipient_id=recipient.destination.recipient_id)
        )
        assert account.outcome is Outcome.SUCCEEDED, account
        assert account.destination is not None
        return account.destination

    def settled(self, harness: RailHarness, new: NewDestination) -> DestinationView:
        """The same when everybody has done their part."""
        known = self.made_known(harness, new)
        harness.settle_destination(known.recipient_id, known.account_id)
        seen = harness.rail.get_destination(recipient_id=known.recipient_id, account_id=known.account_id)
        assert seen is not None
        return seen

    def new(self, harness: RailHarness, destination: NewDestination | None = None, **changes: Any) -> NewPayout:
        """A payout with ids that were never used, to a destination that is known, out of a float that suffices; where
        the rail wants a transfer before it, that is made."""
        harness.fund(FUNDS_MINOR)
        to = destination or harness.new_destination(harness.kinds[0])
        payout = NewPayout(
            our_id=new_id("po"),
            call_id=new_id("call"),
            amount=Money(AMOUNT_MINOR, harness.currency),
            account_id=self.settled(harness, to).account_id,
            kind=to.kind,
            narration="Payout of a suite",
        )
        if Can.TRANSFERS_FIRST in harness.rail.capabilities:
            payout = replace(payout, transfer_id=self.transferred(harness, payout).transfer_id)
        return replace(payout, **changes)

    def transferred(self, harness: RailHarness, new: NewPayout) -> RailTransferView:
        """The transfer before a payout, with a little more than the payout needs."""
        amount = Money(AMOUNT_MINOR + SPARE_MINOR, new.amount.currency)
        answer = harness.rail.create_transfer(key=new_id("call"), new=replace(new, amount=amount))
        assert answer.outcome is Outcome.SUCCEEDED, answer
        assert answer.transfer is not None
        return answer.transfer

    def send(self, harness: RailHarness, new: NewPayout) -> RailAnswer:
        return harness.rail.create_payout(key=new.call_id, new=new)

    def sent(self, harness: RailHarness, new: NewPayout) -> PayoutView:
        """A payout that the rail has taken."""
        answer = self.send(harness, new)
        assert answer.outcome in (Outcome.PENDING, Outcome.SUCCEEDED), answer
        assert answer.payout is not None
        return answer.payout

    def seen(self, harness: RailHarness, payout: PayoutView) -> PayoutView:
        """The payout as the rail has it now."""
        view = harness.rail.get_payout(payout_id=payout.payout_id, account_id=payout.account_id)
        assert view is not None
        return view

    def found(self, harness: RailHarness, new: NewPayout) -> PayoutView | None:
        return harness.rail.find_payout(
            our_id=new.our_id,
            call_id=new.call_id,
            account_id=new.account_id,
            since=a_minute_before(harness.now()),
        )


def a_minute_before(at: datetime) -> datetime:
    return at - timedelta(minutes=1)
