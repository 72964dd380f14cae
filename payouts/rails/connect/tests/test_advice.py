"""What to do about a refusal."""

from __future__ import annotations

import pytest

from payments.sandbox.stripe.connect.banks import FAILURES
from payouts.rails.connect.advice import OF_FAILURES, OF_REFUSALS, advice_of
from payouts.rails.contract import Advice


class TestAdviceOf:
    @pytest.mark.parametrize("code", [code for code in FAILURES.values() if code])
    def test_every_failure_of_the_sandbox_is_listed(self, code: str) -> None:
        assert code in OF_FAILURES

    def test_what_is_not_listed_is_asked_about(self) -> None:
        assert advice_of("invented_tomorrow") is Advice.ASK

    def test_a_bank_that_is_put_right_at_stripe_stays_the_destination(self) -> None:
        assert Advice.FINAL not in OF_FAILURES.values()

    def test_a_failure_and_a_refusal_of_one_name_are_not_two(self) -> None:
        assert not set(OF_FAILURES) & set(OF_REFUSALS)
