"""What the control endpoint's part for PhonePe refuses, and what it changes."""

from __future__ import annotations

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.phonepe.control import obey
from payments.sandbox.phonepe.tests.teller import Teller


class TestOrders:
    @pytest.mark.parametrize("path", ["nothing", "orders/MO1", "orders/MO1/dance", "refunds/MO1/pay", "people/MO1/pay"])
    def test_that_do_not_exist_are_none(self, teller: Teller, path: str) -> None:
        teller.pay("MO1")
        assert obey(teller.engine, method="POST", path=path, order={}, base_url="http://s") is None

    def test_are_not_asked_for(self, teller: Teller) -> None:
        teller.pay("MO1")
        assert obey(teller.engine, method="GET", path="orders/MO1/pay", order={}, base_url="http://s") is None
        assert teller.moved("captured") == 0

    def test_about_nothing_are_refused(self, teller: Teller) -> None:
        with pytest.raises(OrderRefused, match="there is no MO-none_1"):
            teller.order("orders/MO-none_1/pay")
        with pytest.raises(OrderRefused, match="there is no MR1"):
            teller.order("refunds/MR1/succeed")

    def test_show_what_became_of_the_object(self, teller: Teller) -> None:
        teller.pay("MO1")
        assert teller.order("orders/MO1/pay")["object"]["state"] == "COMPLETED"
        with pytest.raises(OrderRefused, match="COMPLETED"):
            teller.order("orders/MO1/pay")


class TestRefund:
    def test_from_the_dashboard_is_of_all_or_of_a_part(self, teller: Teller) -> None:
        teller.pay("MO1")
        with pytest.raises(OrderRefused, match="MO1 is PENDING"):
            teller.order("orders/MO1/refund")
        teller.order("orders/MO1/pay")
        teller.order("orders/MO1/refund", amount=20_000)
        teller.order("rules", refund_after_s=0.0)
        teller.shift(60)
        assert teller.moved("refunded") == 20_000


class TestSettings:
    def test_rules_are_kept_and_known(self, teller: Teller) -> None:
        assert teller.order("rules", refunds_wait=2)["refunds_wait"] == 2
        shown = obey(teller.engine, method="GET", path="rules", order={}, base_url="http://s")
        assert shown is not None
        assert (shown["refunds_wait"], shown["token_life_s"]) == (2, 3_600.0)
        with pytest.raises(OrderRefused):
            teller.order("rules", colour="red")

    def test_the_endpoint_keeps_what_is_not_named(self, teller: Teller) -> None:
        before = obey(teller.engine, method="GET", path="webhook", order={}, base_url="http://s")
        assert before is not None
        after = teller.order("webhook", url="http://elsewhere.test/")
        assert after == before | {"url": "http://elsewhere.test/"}

    def test_revoked_tokens_open_nothing(self, teller: Teller) -> None:
        assert teller.order("tokens/revoke")["revoked"] == 1
        assert teller.pay("MO1").status == 401

    def test_what_is_forged_is_told_like_the_rest(self, teller: Teller) -> None:
        teller.order("forge", event="pg.refund.completed", payload={"merchantRefundId": "MR_of_nobody"})
        (told,) = teller.events()
        assert (told["event"], told["payload"]["merchantRefundId"]) == ("pg.refund.completed", "MR_of_nobody")
