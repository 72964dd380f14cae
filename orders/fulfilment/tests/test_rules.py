"""Tests of what may happen to a fulfilment."""

from __future__ import annotations

from typing import Any

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
        settles = by_staff and status == "review"
        if order_status not in ("paid", "delivered") and not (settles and order_status == "refunded"):
            assert verdict.code == "order_not_paid"
        elif status == "awaiting" or (status == "review" and by_staff):
            assert verdict.ok
        else:
            assert verdict.code == "not_awaiting"

    def test_tickets_are_delivered_by_their_provider_or_by_staff_who_say_why(self) -> None:
        given: dict[str, Any] = {"status": "awaiting", "order_status": "paid", "is_ticketed": True}
        assert may_deliver(**given, by_staff=False, reason="why").code == "delivered_by_transfer"
        assert may_deliver(**given, by_staff=True, reason=" ").code == "reason_wanted"
        assert may_deliver(**given, by_staff=True, reason="why").ok


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
