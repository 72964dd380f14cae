"""Orders for Connect."""

from __future__ import annotations

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.stripe.connect.tests.conftest import Connect
from payments.sandbox.tests.in_process import Bench


class TestOrders:
    def test_a_top_up_is_there_at_once(self, bench: Bench) -> None:
        bench.order("topup", amount=700, currency="eur")
        assert bench.get("balance")["available"] == [{"amount": 700, "currency": "eur", "source_types": {"card": 700}}]

    def test_what_an_account_earns_elsewhere_is_its_own(self, connect: Connect) -> None:
        connect.bench.order(f"accounts/{connect.account}/earn", amount=300)
        assert (connect.balance(), connect.balance(own=True)) == (300, 5_000)

    def test_a_payout_at_its_end_does_nothing_more(self, connect: Connect) -> None:
        connect.transfer(1_000)
        payout = connect.pay_out(1_000)["id"]
        for _ in range(2):
            connect.bench.order(f"payouts/{payout}/advance")
        with pytest.raises(OrderRefused, match="at its end"):
            connect.bench.order(f"payouts/{payout}/advance")
        assert connect.within("GET", f"payouts/{payout}")["status"] == "paid"
