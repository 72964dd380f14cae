"""Payouts: paid once whatever the network does, failed with a reason, and returned after all."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

import pytest

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable
from payouts.rails.contract import PayoutView, RailAnswer, RailState
from payouts.rails.contract import RailCapability as Can
from payouts.rails.tests.conformance.base import AMOUNT_MINOR, FUNDS_MINOR, RailProofs
from payouts.rails.tests.conformance.harness import RailHarness


class Weather(Protocol):
    """A fault of the network, by the harness's name for it."""

    def __call__(self, harness: RailHarness) -> AbstractContextManager[None]: ...


def answers_lost(harness: RailHarness) -> AbstractContextManager[None]:
    return harness.answers_lost()


def broken_after(harness: RailHarness) -> AbstractContextManager[None]:
    return harness.broken_after()


EXECUTED = [answers_lost, broken_after]


class ProvesPayouts(RailProofs):
    """Payouts to the payee's bank."""

    needs = frozenset({Can.CALLS})

    def test_it_is_paid_to_each_kind(self, harness: RailHarness) -> None:
        for kind in harness.kinds:
            new = self.new(harness, harness.new_destination(kind))
            view = self.sent(harness, new)
            assert (view.our_id, view.call_id, view.amount) == (new.our_id, new.call_id, new.amount)
            assert view.account_id == new.account_id
            harness.bank_decides(view)
            seen = self.seen(harness, view)
            assert seen.state is RailState.PAID
            assert seen.reference
            assert (seen.failure, seen.advice) == (None, None)
            assert harness.paid_minor(new.our_id) == AMOUNT_MINOR

    def test_two_equal_ones_are_two(self, harness: RailHarness) -> None:
        one = self.new(harness, amount=Money(AMOUNT_MINOR // 2, harness.currency))
        two = replace(one, our_id=new_id("po"), call_id=new_id("call"))
        assert self.sent(harness, one).payout_id != self.sent(harness, two).payout_id

    @pytest.mark.parametrize("weather", EXECUTED)
    def test_sent_without_an_answer_it_is_found_by_our_ids(self, harness: RailHarness, weather: Weather) -> None:
        new = self.new(harness)
        with weather(harness):
            assert self.send(harness, new).outcome is Outcome.UNKNOWN
        found = self.found(harness, new)
        assert found is not None
        assert (found.our_id, found.call_id, found.amount) == (new.our_id, new.call_id, new.amount)
        assert harness.payouts_made(new.our_id) == 1

    def test_what_another_call_made_is_not_taken_for_it(self, harness: RailHarness) -> None:
        new = self.new(harness)
        self.sent(harness, new)
        assert self.found(harness, replace(new, our_id=new_id("po"), call_id=new_id("call"))) is None

    def test_what_was_not_executed_is_not_found(self, harness: RailHarness) -> None:
        new = self.new(harness)
        with harness.broken_before():
            assert self.send(harness, new).outcome is Outcome.UNKNOWN
        assert self.found(harness, new) is None
        assert harness.payouts_made(new.our_id) == 0

    def test_too_many_requests_pay_nothing(self, harness: RailHarness) -> None:
        new = self.new(harness)
        with harness.limited():
            assert self.send(harness, new).outcome is Outcome.NOT_EXECUTED
        assert harness.payouts_made(new.our_id) == 0

    def test_nobody_there_pays_nothing(self, harness: RailHarness) -> None:
        new = self.new(harness)
        answer = harness.unreachable().create_payout(key=new.call_id, new=new)
        assert answer.outcome is Outcome.NOT_EXECUTED
        assert answer.failure is not None
        with pytest.raises(GatewayUnreachable):
            harness.unreachable().get_payout(payout_id="x", account_id=new.account_id)

    def test_wrong_credentials_call_a_person(self, harness: RailHarness) -> None:
        new = self.new(harness)
        with pytest.raises(GatewayMisconfigured):
            harness.misconfigured().create_payout(key=new.call_id, new=new)
        assert harness.payouts_made(new.our_id) == 0

    def test_one_that_the_bank_refuses_fails_with_a_reason_and_what_to_do(self, harness: RailHarness) -> None:
        new = self.new(harness, harness.failing_destination(harness.kinds[0]))
        view = self.sent(harness, new)
        harness.bank_decides(view)
        seen = self.seen(harness, view)
        assert seen.state in (RailState.FAILED, RailState.RETURNED)
        assert seen.failure is not None
        assert seen.failure.code
        assert seen.failure.detail
        assert seen.advice is not None
        assert harness.paid_minor(new.our_id) == 0

    def test_what_is_on_its_way_is_pending(self, harness: RailHarness) -> None:
        new = self.new(harness, harness.undecided_destination(harness.kinds[0]))
        answer = self.send(harness, new)
        assert answer.outcome is Outcome.PENDING
        assert answer.payout is not None
        assert answer.payout.state in (RailState.PROCESSING, RailState.QUEUED)
        assert self.seen(harness, answer.payout).state is answer.payout.state
        assert harness.paid_minor(new.our_id) == 0

    def test_what_arrived_may_come_back(self, harness: RailHarness) -> None:
        new = self.new(harness)
        view = self.sent(harness, new)
        harness.bank_decides(view)
        harness.bank_returns(self.seen(harness, view))
        seen = self.seen(harness, view)
        assert seen.state in (RailState.RETURNED, RailState.FAILED)
        assert seen.failure is not None
        assert harness.paid_minor(new.our_id) == 0

    def test_one_that_nobody_made_is_not_there(self, harness: RailHarness) -> None:
        view = self.sent(harness, self.new(harness))
        nobody = view.payout_id[:-4] + "0000"
        assert harness.rail.get_payout(payout_id=nobody, account_id=view.account_id) is None

    def test_what_the_rail_refuses_is_declined(self, harness: RailHarness) -> None:
        new = self.new(harness, amount=Money(harness.refuses_minor or 0, harness.currency))
        answer = self.send(harness, new)
        assert answer.outcome is Outcome.DECLINED
        assert answer.failure is not None
        assert answer.advice is not None
        assert harness.payouts_made(new.our_id) == 0


class ProvesKeys(RailProofs):
    """The same call again."""

    needs = frozenset({Can.CALLS, Can.REPLAYS_IDEMPOTENCY_KEYS})
    proves = frozenset({Can.REPLAYS_IDEMPOTENCY_KEYS})

    def test_is_one_payout(self, harness: RailHarness) -> None:
        new = self.new(harness)
        assert self.sent(harness, new).payout_id == self.sent(harness, new).payout_id
        assert harness.payouts_made(new.our_id) == 1

    def test_is_one_payout_after_a_lost_answer(self, harness: RailHarness) -> None:
        new = self.new(harness)
        with harness.answers_lost():
            self.send(harness, new)
        self.sent(harness, new)
        assert harness.payouts_made(new.our_id) == 1

    def test_with_another_amount_pays_nothing_more_and_is_not_taken_for_a_refusal(self, harness: RailHarness) -> None:
        """The first one may have been paid: what is called declined would be sent anew under another key."""
        new = self.new(harness)
        self.sent(harness, new)
        other = replace(new, amount=Money(AMOUNT_MINOR + 1, harness.currency))
        assert self.send(harness, other).outcome is Outcome.UNKNOWN
        assert harness.payouts_made(new.our_id) == 1


class ProvesLists(RailProofs):
    """What was paid from our account, whoever made it."""

    needs = frozenset({Can.LISTS})
    proves = frozenset({Can.LISTS})

    def test_newest_first_over_pages(self, harness: RailHarness) -> None:
        new = self.new(harness, amount=Money(1_000, harness.currency))
        made = [self.sent(harness, replace(new, our_id=new_id("po"), call_id=new_id("call"))) for _ in range(3)]
        listed = list(harness.rail.list_payouts(since=harness.now().replace(year=2000)))
        assert [view.payout_id for view in listed] == [view.payout_id for view in reversed(made)]
        assert [view.call_id for view in listed] == [view.call_id for view in reversed(made)]


class ProvesFloat(RailProofs):
    """The balance that payouts are drawn on."""

    needs = frozenset({Can.TELLS_FLOAT})
    proves = frozenset({Can.TELLS_FLOAT})

    def test_is_what_is_there(self, harness: RailHarness) -> None:
        harness.fund(123_456)
        told = harness.rail.get_float(currency=harness.currency)
        assert told is not None
        assert told == Money(harness.float_minor(), harness.currency)
        assert told.amount_minor >= 123_456


class ProvesFees(RailProofs):
    """What is drawn on the float by a payout straight to the payee's bank."""

    needs = frozenset({Can.CALLS, Can.TELLS_FLOAT})
    without = frozenset({Can.TRANSFERS_FIRST})

    def test_the_float_gives_the_amount_and_the_fee(self, harness: RailHarness) -> None:
        new = self.new(harness)
        view = self.sent(harness, new)
        harness.bank_decides(view)
        seen = self.seen(harness, view)
        assert seen.fee is not None
        assert seen.tax is not None
        assert 0 <= seen.tax.amount_minor <= seen.fee.amount_minor
        assert harness.float_minor() == FUNDS_MINOR - AMOUNT_MINOR - seen.fee.amount_minor


class ProvesCancelling(RailProofs):
    """What waits in the rail's own queue is stopped, and nothing else."""

    needs = frozenset({Can.CANCELS})
    proves = frozenset({Can.CANCELS})

    def queued(self, harness: RailHarness) -> PayoutView:
        view = self.sent(harness, self.new(harness, amount=Money(harness.queued_minor, harness.currency)))
        assert view.state is RailState.QUEUED
        return view

    def stop(self, harness: RailHarness, view: PayoutView) -> RailAnswer:
        key = new_id("call")
        return harness.rail.cancel_payout(key=key, payout_id=view.payout_id, account_id=view.account_id)

    def test_what_is_queued_is_stopped(self, harness: RailHarness) -> None:
        view = self.queued(harness)
        answer = self.stop(harness, view)
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.payout is not None
        assert answer.payout.state is RailState.CANCELLED
        harness.fund(FUNDS_MINOR)
        assert self.seen(harness, view).state is RailState.CANCELLED
        assert harness.paid_minor(view.our_id) == 0

    def test_twice_is_once(self, harness: RailHarness) -> None:
        view = self.queued(harness)
        assert [self.stop(harness, view).outcome for _ in range(2)] == [Outcome.SUCCEEDED] * 2

    def test_too_late_is_declined_with_what_it_is(self, harness: RailHarness) -> None:
        view = self.sent(harness, self.new(harness))
        harness.bank_decides(view)
        answer = self.stop(harness, view)
        assert answer.outcome is Outcome.DECLINED
        assert answer.payout is not None
        assert answer.payout.state is RailState.PAID
