"""What every rail says before it is asked, and what one that nobody speaks to refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.kernel.money import Money
from payments.gateways.failures import NotOffered
from payouts.rails.contract import Rail
from payouts.rails.contract import RailCapability as Can
from payouts.rails.tests.conformance.base import AMOUNT_MINOR, RailProofs
from payouts.rails.tests.conformance.harness import RailHarness
from payouts.rails.tests.recording import CALLS


class ProvesAnswers(RailProofs):
    """Questions that ask nobody, whatever the rail."""

    proves = frozenset({Can.BANK_ACCOUNTS, Can.UPI, Can.CONNECTED_ACCOUNTS})

    def test_it_pays_its_kinds_and_no_others(self, harness: RailHarness, rail: Rail) -> None:
        kinds = {"bank_account": Can.BANK_ACCOUNTS, "upi": Can.UPI, "connected_account": Can.CONNECTED_ACCOUNTS}
        assert set(harness.kinds) == {kind for kind, can in kinds.items() if can in rail.capabilities}
        for kind in kinds:
            refused = rail.why_not_pay(Money(AMOUNT_MINOR, harness.currency), kind=kind)
            assert (refused is None) == (kind in harness.kinds), kind

    def test_a_currency_that_is_not_its_own_is_refused(self, harness: RailHarness, rail: Rail) -> None:
        if rail.currencies is not None:
            other = "USD" if "USD" not in rail.currencies else "KWD"
            assert rail.why_not_pay(Money(AMOUNT_MINOR, other), kind=harness.kinds[0]) is not None
            assert harness.currency in rail.currencies

    def test_too_little_is_refused(self, harness: RailHarness, rail: Rail) -> None:
        if harness.refuses_minor is not None:
            refused = rail.why_not_pay(Money(harness.refuses_minor, harness.currency), kind=harness.kinds[0])
            assert refused is not None
            assert refused.code == "amount_too_small"

    def test_absence_is_never_believed_at_once(self, rail: Rail) -> None:
        if Can.CALLS in rail.capabilities:
            assert rail.absent_payout.after.total_seconds() >= 60
            assert rail.absent_payout.times >= 2


class ProvesSilence(RailProofs):
    """A rail that nobody speaks to: a person pays, and confirms."""

    without = frozenset({Can.CALLS})

    @pytest.mark.parametrize("name", CALLS)
    def test_no_call_is_offered(self, rail: Rail, name: str) -> None:
        call: Callable[[Rail], object] = CALLS[name]
        with pytest.raises(NotOffered):
            call(rail)
