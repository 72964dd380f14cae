"""Calls whose answer never came: what they did is found out by asking, and is never done twice."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

import pytest

from config.kernel.money import Money
from payments.gateways.contract import Capability, Outcome
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.payment_views import PaymentState
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, a_minute_before, view_of
from payments.gateways.tests.conformance.harness import Harness


class Weather(Protocol):
    """A fault of the network, by the harness's name for it."""

    def __call__(self, harness: Harness) -> AbstractContextManager[None]: ...


def answers_lost(harness: Harness) -> AbstractContextManager[None]:
    return harness.answers_lost()


def broken_after(harness: Harness) -> AbstractContextManager[None]:
    return harness.broken_after()


def slow(harness: Harness) -> AbstractContextManager[None]:
    return harness.slow()


EXECUTED = [answers_lost, broken_after, slow]


class ProvesAsking(Proofs):
    """Unknown outcomes of making a payment, and reads that get no answer."""

    @pytest.mark.parametrize("weather", EXECUTED)
    def test_what_was_made_without_an_answer_is_found_by_our_ids(self, harness: Harness, weather: Weather) -> None:
        gateway, new = harness.gateway, self.new(harness)
        with weather(harness):
            answer = gateway.create_payment(new)
        assert answer.outcome is Outcome.UNKNOWN
        assert answer.failure is not None
        assert harness.objects_made(new.our_id) == 1
        since = a_minute_before(harness.now())
        found = gateway.find_payment(our_id=new.our_id, call_id=new.call_id, since=since)
        assert found is not None
        assert (found.our_id, found.call_id, found.amount) == (new.our_id, new.call_id, new.amount)
        assert found.state is PaymentState.PENDING
        harness.pay(found)
        assert self.seen(harness, found).state is PaymentState.CAPTURED
        assert harness.taken_minor(new.our_id) == AMOUNT_MINOR

    def test_what_was_not_made_is_not_found(self, harness: Harness) -> None:
        gateway, new = harness.gateway, self.new(harness)
        with harness.broken_before():
            answer = gateway.create_payment(new)
        assert answer.outcome is Outcome.UNKNOWN  # it cannot be told from the other case
        assert harness.objects_made(new.our_id) == 0
        since = a_minute_before(harness.now())
        assert gateway.find_payment(our_id=new.our_id, call_id=new.call_id, since=since) is None

    def test_others_payments_are_not_taken_for_ours(self, harness: Harness) -> None:
        self.made(harness)
        new = self.new(harness)
        since = a_minute_before(harness.now())
        assert harness.gateway.find_payment(our_id=new.our_id, call_id=new.call_id, since=since) is None

    def test_a_refusal_for_too_many_requests_may_be_sent_again(self, harness: Harness) -> None:
        new = self.new(harness)
        with harness.limited():
            answer = harness.gateway.create_payment(new)
        assert answer.outcome is Outcome.NOT_EXECUTED
        assert harness.objects_made(new.our_id) == 0
        assert self.made(harness, new).our_id == new.our_id
        assert harness.objects_made(new.our_id) == 1

    def test_a_read_without_an_answer_is_not_nothing(self, harness: Harness) -> None:
        made = self.made(harness)
        for weather in (harness.answers_lost, harness.broken_before, harness.limited, harness.slow):
            with weather(), pytest.raises(GatewayUnreachable):
                self.seen(harness, made)
        with harness.answers_lost(), pytest.raises(GatewayUnreachable):
            harness.gateway.find_payment(our_id=made.our_id, call_id=made.call_id, since=harness.now())


class ProvesKeys(Proofs):
    """The same call sent again under its key."""

    proves = frozenset({Capability.REPLAYS_IDEMPOTENCY_KEYS})

    def test_the_same_call_again_is_the_same_payment(self, harness: Harness) -> None:
        new = self.new(harness)
        one, two = self.made(harness, new), self.made(harness, new)
        assert (one.gateway_payment_id, one.session_id) == (two.gateway_payment_id, two.session_id)
        assert harness.objects_made(new.our_id) == 1

    @pytest.mark.parametrize("weather", [answers_lost, slow])
    def test_sent_again_after_a_lost_answer_it_tells_what_it_did(self, harness: Harness, weather: Weather) -> None:
        new = self.new(harness)
        with weather(harness):
            assert harness.gateway.create_payment(new).outcome is Outcome.UNKNOWN
        view = self.made(harness, new)
        assert view.our_id == new.our_id
        assert harness.objects_made(new.our_id) == 1

    def test_an_error_that_was_stored_stays_unknown(self, harness: Harness) -> None:
        new = self.new(harness)
        with harness.broken_after():
            harness.gateway.create_payment(new)
        assert harness.gateway.create_payment(new).outcome is Outcome.UNKNOWN
        assert harness.objects_made(new.our_id) == 1

    def test_a_key_with_another_body_makes_nothing_and_proves_nothing(self, harness: Harness) -> None:
        new = self.new(harness)
        made = self.made(harness, new)
        other = replace(new, amount=Money(AMOUNT_MINOR * 2, harness.currency))
        answer = harness.gateway.create_payment(other)
        assert answer.outcome is Outcome.UNKNOWN
        assert harness.objects_made(new.our_id) == 1
        assert self.seen(harness, made).amount == new.amount

    def test_another_call_for_the_same_payment_is_another_object(self, harness: Harness) -> None:
        new = self.new(harness)
        one = self.made(harness, new)
        two = view_of(harness.gateway.create_payment(replace(new, call_id=f"{new.call_id}2")))
        assert (one.gateway_payment_id, one.session_id) != (two.gateway_payment_id, two.session_id)
        assert harness.objects_made(new.our_id) == 2
