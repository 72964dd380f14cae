"""No rail is called inside a transaction, none while the network is barred, each call is counted."""

from __future__ import annotations

from typing import get_type_hints

import pytest
from django.db import transaction

from config.calls.barrier import CallInsideTransaction, NetworkBarred, network_barred
from config.calls.tests.observing import Seen, methods
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable
from payouts.rails.contract import Rail, RailCapability
from payouts.rails.guard import GuardedRail
from payouts.rails.tests.recording import CALLS, CHANGES, GIVEN, RUPEE, Recorder, as_rail


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def rail(recorder: Recorder, seen: Seen) -> Rail:
    return GuardedRail(as_rail(recorder), observe=seen)


@pytest.mark.django_db
class TestEveryMethod:
    def test_of_the_contract_is_guarded_and_tried_here(self) -> None:
        assert methods(GuardedRail) == methods(Rail) == set(CALLS) | {"why_not_pay"}

    def test_has_the_contracts_own_signature(self) -> None:
        for name in methods(Rail):
            assert get_type_hints(getattr(GuardedRail, name)) == get_type_hints(getattr(Rail, name))

    @pytest.mark.parametrize("name", CALLS)
    def test_reaches_the_adapter_with_what_it_was_given(self, rail: Rail, recorder: Recorder, name: str) -> None:
        CALLS[name](rail)
        assert recorder.reached == [(name, GIVEN[name])]

    @pytest.mark.parametrize("name", CALLS)
    def test_is_counted_by_its_outcome(self, rail: Rail, seen: Seen, name: str) -> None:
        CALLS[name](rail)
        assert seen.calls == [("recorder", name, "pending" if name in CHANGES else "answered")]

    @pytest.mark.parametrize("name", CALLS)
    def test_is_refused_inside_a_transaction(self, rail: Rail, recorder: Recorder, seen: Seen, name: str) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            CALLS[name](rail)
        assert (recorder.reached, seen.calls) == ([], [])

    @pytest.mark.parametrize("name", CALLS)
    def test_is_refused_in_a_rehearsal(self, rail: Rail, recorder: Recorder, name: str) -> None:
        with network_barred(), pytest.raises(NetworkBarred):
            CALLS[name](rail)
        assert recorder.reached == []

    def test_shows_what_the_adapter_is(self, rail: Rail, recorder: Recorder) -> None:
        assert rail.name == "recorder"
        assert rail.capabilities == frozenset({RailCapability.CANCELS})
        assert rail.currencies == frozenset({"INR"})
        assert (rail.absent_payout, rail.absent_transfer) == (recorder.absent_payout, recorder.absent_transfer)

    def test_a_question_that_asks_nobody_is_always_allowed(self, rail: Rail) -> None:
        with transaction.atomic(), network_barred():
            assert rail.why_not_pay(RUPEE, kind="upi") is None

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [(GatewayUnreachable("gone"), "unreachable"), (GatewayMisconfigured("keys"), "misconfigured")],
    )
    def test_what_it_raises_is_counted_and_passed_on(
        self, rail: Rail, recorder: Recorder, seen: Seen, error: Exception, outcome: str
    ) -> None:
        recorder.raises = error
        with pytest.raises(type(error)):
            CALLS["get_payout"](rail)
        assert seen.calls == [("recorder", "get_payout", outcome)]
