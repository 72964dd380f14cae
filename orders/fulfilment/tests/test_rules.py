"""Tests of what may happen to a fulfilment."""

from __future__ import annotations

import pytest

from orders.fulfilment.rules import deliver_within_minutes, may_begin_cancelling, may_deliver
from orders.fulfilment.states import FulfilmentStatus
from orders.order.states import OrderStatus


class TestMayDeliver:
    @pytest.mark.parametrize("order_status", OrderStatus.values)
    @pytest.mark.parametrize("status", FulfilmentStatus.values)
    @pytest.mark.parametrize("by_staff", [True, False])
    def test_every_case(self, order_status: str, status: str, by_staff: bool) -> None:
        verdict = may_deliver(status=status, order_status=order_status, by_staff=by_staff)
        if order_status not in ("paid", "delivered"):
            assert verdict.code == "order_not_paid"
        elif status == "awaiting" or (status == "review" and by_staff):
            assert verdict.ok
        else:
            assert verdict.code == "not_awaiting"


class TestMayBeginCancelling:
    @pytest.mark.parametrize("order_status", OrderStatus.values)
    @pytest.mark.parametrize("status", FulfilmentStatus.values)
    def test_every_case(self, order_status: str, status: str) -> None:
        verdict = may_begin_cancelling(status=status, order_status=order_status)
        if order_status not in ("paid", "refunded"):
            assert verdict.code == "order_not_paid"
        elif status == "awaiting":
            assert verdict.ok
        else:
            assert verdict.code == "not_awaiting"


class TestDeliverWithinMinutes:
    @pytest.mark.parametrize(
        ("categories", "expected"),
        [
            ([""], 60),
            (["tickets"], 15),
            (["shoes"], 4_320),
            (["shoes", "tickets"], 15),
            (["shoes", ""], 60),
            (["hats"], 60),
        ],
    )
    def test_is_the_shortest(self, categories: list[str], expected: int) -> None:
        by_category = {"tickets": 15, "shoes": 4_320}
        minutes = deliver_within_minutes(categories=categories, minutes_by_category=by_category, default_minutes=60)
        assert minutes == expected
