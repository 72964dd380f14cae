"""A bank that is paid at by a file does what every rail must do, and is never asked anything."""

from __future__ import annotations

from typing import cast

import pytest

from payouts.rails.bank_file.adapter import BankFileRail
from payouts.rails.contract import Rail, RailCapability
from payouts.rails.guard import GuardedRail
from payouts.rails.tests.conformance.answering import ProvesAnswers, ProvesSilence
from payouts.rails.tests.conformance.harness import RailHarness
from payouts.rails.tests.conformance.suite import due, run_by


def unobserved(*, gateway: str, operation: str, outcome: str, seconds: float) -> None:
    del gateway, operation, outcome, seconds


class BankFileHarness:
    """There is nobody at the other side."""

    currency = "INR"
    kinds = ("bank_account",)
    refuses_minor = None
    queued_minor = 0

    def __init__(self) -> None:
        self.rail: Rail = GuardedRail(BankFileRail(), observe=unobserved)


class OnPaper:
    @pytest.fixture
    def harness(self) -> RailHarness:
        return cast(RailHarness, BankFileHarness())


class TestAnswers(OnPaper, ProvesAnswers):
    pass


class TestSilence(OnPaper, ProvesSilence):
    pass


def test_what_it_claims_is_proved() -> None:
    claims = BankFileRail.capabilities
    assert due(claims) == run_by(globals())
    assert claims <= frozenset[RailCapability]().union(*(each.proves for each in due(claims)))
