"""What a transfer provider does that is asked over a network: whatever gets lost, nothing is offered twice."""

from __future__ import annotations

import pytest

from config.calls.failures import GatewayMisconfigured, GatewayUnreachable
from config.calls.outcomes import Outcome
from orders.tickets.providers.contract import TransferState
from orders.tickets.providers.tests.conformance.base import made, new, seen, view_of
from orders.tickets.providers.tests.conformance.harness import NetworkHarness

LOST = ("answers_lost", "broken_after", "slow")


class NetworkConformance:
    """Mixed into a test class that has a `harness` fixture."""

    @pytest.mark.parametrize("weather", LOST)
    def test_an_offer_whose_answer_is_lost_is_unknown_found_and_made_once(
        self, harness: NetworkHarness, weather: str
    ) -> None:
        given = new(harness)
        with getattr(harness, weather)():
            answer = harness.provider.initiate(given)
        assert (answer.outcome, answer.transfer) == (Outcome.UNKNOWN, None)
        found = harness.provider.find_by_reference(reference=given.reference)
        assert found is not None
        assert view_of(harness.provider.initiate(given)) == found
        assert harness.transfers_made(given.reference) == 1

    def test_an_error_before_it_was_executed_is_unknown_too(self, harness: NetworkHarness) -> None:
        given = new(harness)
        with harness.broken_before():
            assert harness.provider.initiate(given).outcome is Outcome.UNKNOWN
        assert harness.provider.find_by_reference(reference=given.reference) is None
        assert harness.transfers_made(given.reference) == 0

    def test_too_many_requests_are_not_executed(self, harness: NetworkHarness) -> None:
        given = new(harness)
        with harness.limited():
            assert harness.provider.initiate(given).outcome is Outcome.NOT_EXECUTED
        assert harness.transfers_made(given.reference) == 0

    @pytest.mark.parametrize("weather", LOST)
    def test_a_cancellation_whose_answer_is_lost_is_unknown_and_seen(
        self, harness: NetworkHarness, weather: str
    ) -> None:
        view = made(harness)
        with getattr(harness, weather)():
            answer = harness.provider.cancel(key="call_1", provider_id=view.provider_id)
        assert (answer.outcome, answer.transfer) == (Outcome.UNKNOWN, None)
        assert seen(harness, view).state is TransferState.CANCELLED
        again = harness.provider.cancel(key="call_1", provider_id=view.provider_id)
        assert view_of(again).state is TransferState.CANCELLED

    def test_a_cancellation_that_was_not_executed_leaves_it_open(self, harness: NetworkHarness) -> None:
        view = made(harness)
        with harness.limited():
            answer = harness.provider.cancel(key="call_1", provider_id=view.provider_id)
        assert answer.outcome is Outcome.NOT_EXECUTED
        assert seen(harness, view).state.is_open

    def test_where_nobody_answers_nothing_is_sent_and_nothing_is_said_to_be_absent(
        self, harness: NetworkHarness
    ) -> None:
        provider = harness.unreachable()
        assert provider.initiate(new(harness)).outcome is Outcome.NOT_EXECUTED
        assert provider.cancel(key="call_1", provider_id="x").outcome is Outcome.NOT_EXECUTED
        for read in (
            lambda: provider.get(provider_id="x"),
            lambda: provider.find_by_reference(reference="tt_x"),
            lambda: provider.list_changed(since=harness.now()),
        ):
            with pytest.raises(GatewayUnreachable):
                read()

    @pytest.mark.parametrize("weather", ["answers_lost", "broken_before", "broken_after", "limited", "slow"])
    def test_a_read_without_an_answer_says_nothing(self, harness: NetworkHarness, weather: str) -> None:
        view = made(harness)
        with getattr(harness, weather)():
            for read in (
                lambda: harness.provider.get(provider_id=view.provider_id),
                lambda: harness.provider.find_by_reference(reference=view.reference),
                lambda: harness.provider.list_changed(since=view.changed_at),
            ):
                with pytest.raises(GatewayUnreachable):
                    read()

    def test_refused_credentials_call_a_person_and_change_nothing(self, harness: NetworkHarness) -> None:
        provider, given = harness.misconfigured(), new(harness)
        for call in (
            lambda: provider.initiate(given),
            lambda: provider.cancel(key="call_1", provider_id="x"),
            lambda: provider.get(provider_id="x"),
            lambda: provider.find_by_reference(reference="tt_x"),
            lambda: provider.list_changed(since=harness.now()),
        ):
            with pytest.raises(GatewayMisconfigured):
                call()
        assert harness.transfers_made(given.reference) == 0
