"""Stripe Connect does what every rail must do."""

from __future__ import annotations

import pytest

from payments.sandbox.testing import Sandbox
from payouts.rails.connect.tests.sandbox_harness import ConnectHarness
from payouts.rails.contract import RailCapability
from payouts.rails.tests.conformance.answering import ProvesAnswers
from payouts.rails.tests.conformance.destinations import ProvesDestinations, ProvesValidation
from payouts.rails.tests.conformance.paying import ProvesCancelling, ProvesFloat, ProvesKeys, ProvesPayouts
from payouts.rails.tests.conformance.suite import due, run_by
from payouts.rails.tests.conformance.transferring import ProvesReversals, ProvesTransfers


class OnTheSandbox:
    @pytest.fixture
    def harness(self, sandbox: Sandbox) -> ConnectHarness:
        return ConnectHarness(sandbox)


class TestAnswers(OnTheSandbox, ProvesAnswers):
    pass


class TestDestinations(OnTheSandbox, ProvesDestinations):
    pass


class TestValidation(OnTheSandbox, ProvesValidation):
    pass


class TestPayouts(OnTheSandbox, ProvesPayouts):
    pass


class TestKeys(OnTheSandbox, ProvesKeys):
    pass


class TestFloat(OnTheSandbox, ProvesFloat):
    pass


class TestCancelling(OnTheSandbox, ProvesCancelling):
    pass


class TestTransfers(OnTheSandbox, ProvesTransfers):
    pass


class TestReversals(OnTheSandbox, ProvesReversals):
    pass


def test_what_it_claims_is_proved(sandbox: Sandbox) -> None:
    claims = ConnectHarness(sandbox).rail.capabilities
    assert due(claims) == run_by(globals())
    proved: frozenset[RailCapability] = frozenset().union(*(each.proves for each in due(claims)))
    assert claims <= proved
