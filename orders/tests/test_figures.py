"""What operations' figures say of orders and tickets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.figures import orders_24h, tickets_in_escrow
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product

pytestmark = pytest.mark.django_db


class TestOrders:
    def test_nothing_happened(self) -> None:
        assert orders_24h(AT) == {"placed": 0, "paid": []}

    def test_the_last_24_hours_and_no_more(self) -> None:
        make_paid_order(at=AT - timedelta(hours=24))
        make_order(at=AT - timedelta(hours=23, minutes=59))
        make_paid_order(item(make_product(prices={"INR": 150_000})))
        make_paid_order(item(make_product(prices={"INR": 50_050})))
        make_paid_order(item(make_product(prices={"USD": 500})), currency="USD")
        make_order(at=AT + timedelta(minutes=1))
        assert orders_24h(AT) == {
            "placed": 4,
            "paid": [
                {"orders": 2, "applied": {"amount_minor": 200_050, "currency": "INR"}},
                {"orders": 1, "applied": {"amount_minor": 500, "currency": "USD"}},
            ],
        }


class TestTickets:
    def test_none_are_in_our_custody(self) -> None:
        assert tickets_in_escrow(AT) == 0
