"""What the control endpoint refuses, and what it changes."""

from __future__ import annotations

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.razorpay.control import obey
from payments.sandbox.razorpay.tests.bench import Bench


class TestOrders:
    @pytest.mark.parametrize("path", ["nothing", "orders/order_1", "orders/order_1/dance", "payments"])
    def test_that_do_not_exist_are_none(self, bench: Bench, path: str) -> None:
        assert obey(bench.engine, method="POST", path=path, order={}, base_url="") is None

    def test_about_nothing_are_refused(self, bench: Bench) -> None:
        with pytest.raises(OrderRefused, match="there is no order_None"):
            bench.control("orders/order_None/pay")
        order = bench.order()
        with pytest.raises(OrderRefused, match="there is no way"):
            bench.control(f"orders/{order['id']}/pay", method="cash")
        with pytest.raises(OrderRefused, match="nobody tried"):
            bench.control(f"orders/{order['id']}/authorize")

    def test_rules_are_kept_and_known(self, bench: Bench) -> None:
        assert bench.control("rules", fee_bps=300)["fee_bps"] == 300
        assert bench.paid()["fee"] == 1_770
        for changes in ({"colour": "red"}, {"refund_status": "lost"}):
            with pytest.raises(OrderRefused):
                bench.control("rules", **changes)

    def test_an_event_of_any_type_is_told(self, bench: Bench) -> None:
        bench.control("events", event="settlement.processed", payload={"settlement": {"id": "setl_1"}})
        (event,) = bench.events()
        assert (event["event"], event["contains"]) == ("settlement.processed", ["settlement"])
        assert event["payload"]["settlement"]["entity"] == {"id": "setl_1"}
