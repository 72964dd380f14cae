"""Payees and their accounts, made known to a rail: once, looked at, and found good or bad."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from config.kernel.ids import new_id
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from payouts.rails.contract import CheckState
from payouts.rails.contract import RailCapability as Can
from payouts.rails.tests.conformance.base import RailProofs
from payouts.rails.tests.conformance.harness import RailHarness


class ProvesDestinations(RailProofs):
    """Recipients and destinations."""

    needs = frozenset({Can.CALLS})
    proves = frozenset({Can.CALLS})

    def test_each_kind_becomes_good(self, harness: RailHarness) -> None:
        for kind in harness.kinds:
            seen = self.settled(harness, harness.new_destination(kind))
            assert (seen.check, seen.needs) == (CheckState.GOOD, "")
            assert seen.recipient_id
            assert seen.account_id

    def test_the_same_call_again_makes_no_second_one(self, harness: RailHarness) -> None:
        new = harness.new_destination(harness.kinds[0])
        recipient_key, account_key = new_id("call"), new_id("call")
        first = harness.rail.create_recipient(key=recipient_key, new=new)
        again = harness.rail.create_recipient(key=recipient_key, new=new)
        assert first.destination is not None
        assert again.destination is not None
        assert again.destination.recipient_id == first.destination.recipient_id
        known = replace(new, recipient_id=first.destination.recipient_id)
        made = harness.rail.create_destination(key=account_key, new=known)
        remade = harness.rail.create_destination(key=account_key, new=known)
        assert made.destination is not None
        assert remade.destination is not None
        assert remade.destination.account_id == made.destination.account_id

    def test_one_that_nobody_made_is_not_there(self, harness: RailHarness) -> None:
        known = self.settled(harness, harness.new_destination(harness.kinds[0]))
        nobody = known.account_id[:-4] + "0000"
        with contextlib.suppress(QuestionRefused):  # one that we may not look at is not good either
            assert harness.rail.get_destination(recipient_id="", account_id=nobody) is None

    def test_made_without_an_answer_it_is_made_again_as_the_same(self, harness: RailHarness) -> None:
        new, key = harness.new_destination(harness.kinds[0]), new_id("call")
        with harness.answers_lost():
            assert harness.rail.create_recipient(key=key, new=new).outcome is Outcome.UNKNOWN
        first = harness.rail.create_recipient(key=key, new=new)
        again = harness.rail.create_recipient(key=key, new=new)
        assert first.outcome is Outcome.SUCCEEDED
        assert first.destination == again.destination

    def test_wrong_credentials_call_a_person(self, harness: RailHarness) -> None:
        new = harness.new_destination(harness.kinds[0])
        with pytest.raises(GatewayMisconfigured):
            harness.misconfigured().create_recipient(key=new_id("call"), new=new)
        with pytest.raises(GatewayMisconfigured):
            harness.misconfigured().get_destination(recipient_id="x", account_id="fa_00000000000000")

    def test_nobody_there_is_not_executed(self, harness: RailHarness) -> None:
        new = harness.new_destination(harness.kinds[0])
        answer = harness.unreachable().create_recipient(key=new_id("call"), new=new)
        assert answer.outcome is Outcome.NOT_EXECUTED
        with pytest.raises(GatewayUnreachable):
            harness.unreachable().get_destination(recipient_id="x", account_id="fa_00000000000000")


class ProvesValidation(RailProofs):
    """A destination is looked at before money goes there."""

    needs = frozenset({Can.VALIDATES})
    proves = frozenset({Can.VALIDATES})

    def test_it_waits_until_it_was_looked_at(self, harness: RailHarness) -> None:
        known = self.made_known(harness, harness.new_destination(harness.kinds[0]))
        assert known.check is CheckState.PENDING

    def test_one_that_is_not_there_is_bad_and_the_payee_hears_why(self, harness: RailHarness) -> None:
        for kind in harness.kinds:
            bad = harness.bad_destination(kind)
            if bad is None:
                continue
            seen = self.settled(harness, bad)
            assert seen.check is not CheckState.GOOD
            assert seen.needs
