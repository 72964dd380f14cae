"""RazorpayX does what every rail must do."""

from __future__ import annotations

import pytest

from payments.sandbox.testing import Sandbox
from payouts.rails.contract import RailCapability
from payouts.rails.razorpayx.tests.sandbox_harness import RazorpayXHarness
from payouts.rails.tests.conformance.answering import ProvesAnswers
from payouts.rails.tests.conformance.destinations import ProvesDestinations, ProvesValidation
from payouts.rails.tests.conformance.paying import (
    ProvesCancelling,
    ProvesFees,
    ProvesFloat,
    ProvesKeys,
    ProvesLists,
    ProvesPayouts,
)
from payouts.rails.tests.conformance.suite import due, run_by


class OnTheSandbox:
    @pytest.fixture
    def harness(self, razorpayx_sandbox: Sandbox) -> RazorpayXHarness:
        return RazorpayXHarness(razorpayx_sandbox)


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


class TestLists(OnTheSandbox, ProvesLists):
    pass


class TestFloat(OnTheSandbox, ProvesFloat):
    pass


class TestFees(OnTheSandbox, ProvesFees):
    pass


class TestCancelling(OnTheSandbox, ProvesCancelling):
    pass


def test_what_it_claims_is_proved(harness: RazorpayXHarness) -> None:
    claims = harness.rail.capabilities
    assert due(claims) == run_by(globals())
    proved: frozenset[RailCapability] = frozenset().union(*(each.proves for each in due(claims)))
    assert claims <= proved
