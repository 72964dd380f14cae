"""What the words of the contract about payments say by themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.kernel.money import Money
from payments.gateways.payment_views import PaymentState, PaymentView


def view(state: PaymentState, *, is_final: bool = False) -> PaymentView:
    return PaymentView(
        gateway_payment_id="pi_1", session_id="", our_id="pay_1", state=state, amount=Money(100, "USD"), captures=(),
        livemode=False, created_at=datetime(2027, 1, 15, tzinfo=UTC), is_final=is_final,
    )  # fmt: skip


class TestIsClosed:
    @pytest.mark.parametrize("state", list(PaymentState))
    def test_only_what_was_cancelled_or_ran_out_takes_no_money_any_more(self, state: PaymentState) -> None:
        assert view(state).is_closed is (state in (PaymentState.CANCELLED, PaymentState.EXPIRED))

    def test_nor_does_a_failure_that_may_not_be_tried_again(self) -> None:
        assert view(PaymentState.FAILED, is_final=True).is_closed
