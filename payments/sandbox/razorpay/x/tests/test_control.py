"""Orders of the control endpoint that make no sense are refused."""

from __future__ import annotations

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.razorpay.x.tests.conftest import Banking


class TestRefused:
    def test_to_fund_it_with_nothing(self, x: Banking) -> None:
        with pytest.raises(OrderRefused):
            x.bench.control("fund", amount=0)
        assert x.balance() == 0

    def test_of_a_payout_that_is_not_there(self, x: Banking) -> None:
        with pytest.raises(OrderRefused):
            x.bench.control("payouts/pout_None/process")

    def test_money_may_also_leave_by_a_way_that_is_not_ours(self, x: Banking) -> None:
        x.fund(1_000)
        assert x.bench.control("fund", amount=-400)["balance"] == 600
