"""Transfers to the payee's account at a rail: made once whatever the network does, and taken back as far as it has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import Outcome
from payouts.rails.contract import NewPayout, RailAnswer, RailTransferView
from payouts.rails.contract import RailCapability as Can
from payouts.rails.tests.conformance.base import AMOUNT_MINOR, FUNDS_MINOR, RailProofs, a_minute_before
from payouts.rails.tests.conformance.harness import RailHarness
from payouts.rails.tests.conformance.paying import EXECUTED, Weather


class ProvesTransfers(RailProofs):
    """Money goes to the payee's account at the rail first."""

    needs = frozenset({Can.TRANSFERS_FIRST})
    proves = frozenset({Can.TRANSFERS_FIRST})

    def due(self, harness: RailHarness) -> NewPayout:
        """A payout whose transfer was not made yet."""
        return replace(self.new(harness), our_id=new_id("po"), call_id=new_id("call"), transfer_id="")

    def transfer(self, harness: RailHarness, new: NewPayout) -> RailAnswer:
        return harness.rail.create_transfer(key=new.call_id, new=new)

    def looked_for(self, harness: RailHarness, new: NewPayout) -> RailTransferView | None:
        since = a_minute_before(harness.now())
        return harness.rail.find_transfer(our_id=new.our_id, call_id=new.call_id, since=since)

    def test_it_leaves_our_balance_with_our_marks(self, harness: RailHarness) -> None:
        new = self.due(harness)
        before = harness.float_minor()
        view = self.transfer(harness, new).transfer
        assert view is not None
        assert (view.our_id, view.call_id, view.amount) == (new.our_id, new.call_id, new.amount)
        assert (view.account_id, view.returned) == (new.account_id, Money(0, harness.currency))
        assert harness.rail.get_transfer(transfer_id=view.transfer_id) == view
        assert harness.float_minor() == before - AMOUNT_MINOR

    def test_the_same_call_again_is_one(self, harness: RailHarness) -> None:
        new, before = self.due(harness), harness.float_minor()
        assert self.transfer(harness, new).transfer == self.transfer(harness, new).transfer
        assert harness.float_minor() == before - AMOUNT_MINOR

    @pytest.mark.parametrize("weather", EXECUTED)
    def test_made_without_an_answer_it_is_found(self, harness: RailHarness, weather: Weather) -> None:
        new, before = self.due(harness), harness.float_minor()
        with weather(harness):
            assert self.transfer(harness, new).outcome is Outcome.UNKNOWN
        found = self.looked_for(harness, new)
        assert found is not None
        assert (found.our_id, found.amount) == (new.our_id, new.amount)
        assert harness.float_minor() == before - AMOUNT_MINOR

    def test_what_was_not_executed_is_not_found(self, harness: RailHarness) -> None:
        new, before = self.due(harness), harness.float_minor()
        with harness.limited():
            assert self.transfer(harness, new).outcome is Outcome.NOT_EXECUTED
        assert self.looked_for(harness, new) is None
        assert harness.rail.get_transfer(transfer_id="tr_00000000000000") is None
        assert harness.float_minor() == before

    def test_more_than_there_is_is_declined(self, harness: RailHarness) -> None:
        new, before = self.due(harness), harness.float_minor()
        answer = self.transfer(harness, replace(new, amount=Money(2 * FUNDS_MINOR, harness.currency)))
        assert answer.outcome is Outcome.DECLINED
        assert answer.advice is not None
        assert harness.float_minor() == before


class ProvesReversals(RailProofs):
    """What the payee's account still has comes back."""

    needs = frozenset({Can.REVERSES_TRANSFERS})
    proves = frozenset({Can.REVERSES_TRANSFERS})

    def back(self, harness: RailHarness, transfer_id: str, minor: int, *, key: str = "") -> RailAnswer:
        amount = Money(minor, harness.currency)
        return harness.rail.reverse_transfer(
            key=key or new_id("call"), our_id=new_id("rev"), transfer_id=transfer_id, amount=amount
        )

    def test_in_parts_up_to_the_whole(self, harness: RailHarness) -> None:
        transfer = self.transferred(harness, self.new(harness))
        before, whole = harness.float_minor(), transfer.amount.amount_minor
        for minor in (1_000, whole - 1_000):
            assert self.back(harness, transfer.transfer_id, minor).outcome is Outcome.SUCCEEDED
        assert self.back(harness, transfer.transfer_id, 1).outcome is Outcome.DECLINED
        seen = harness.rail.get_transfer(transfer_id=transfer.transfer_id)
        assert seen is not None
        assert seen.returned == transfer.amount
        assert harness.float_minor() == before + whole

    def test_a_lost_answer_is_found_and_takes_it_once(self, harness: RailHarness) -> None:
        transfer, key = self.transferred(harness, self.new(harness)), new_id("call")
        before = harness.float_minor()
        with harness.answers_lost():
            assert self.back(harness, transfer.transfer_id, 1_000, key=key).outcome is Outcome.UNKNOWN
        found = harness.rail.find_reversal(call_id=key, transfer_id=transfer.transfer_id)
        assert found is not None
        assert found.amount.amount_minor == 1_000
        assert harness.rail.find_reversal(call_id=new_id("call"), transfer_id=transfer.transfer_id) is None
        assert harness.float_minor() == before + 1_000
