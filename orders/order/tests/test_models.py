"""Tests of what the database itself says about an order."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.kernel.money import Money
from orders.order.models import Order, OrderLine
from orders.tests.factories import AT, item, make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return make_order(item(make_product(prices={"INR": 100})))


class TestPaymentStatus:
    """MONEY §2: the first that fits."""

    @pytest.mark.parametrize(
        ("sums", "expected"),
        [
            ({}, "unpaid"),
            ({"open_attempts": 1}, "processing"),
            ({"applied_minor": 99}, "unpaid"),
            ({"applied_minor": 99, "open_attempts": 2}, "processing"),
            ({"applied_minor": 100}, "paid"),
            ({"applied_minor": 100, "open_attempts": 1}, "paid"),
            ({"applied_minor": 100, "lost_minor": 40}, "paid"),
            ({"applied_minor": 100, "refunded_minor": 1}, "partially_refunded"),
            ({"applied_minor": 50, "refunded_minor": 1}, "partially_refunded"),
            ({"applied_minor": 100, "refunded_minor": 50, "lost_minor": 40}, "partially_refunded"),
            ({"applied_minor": 100, "refunded_minor": 100}, "refunded"),
            ({"applied_minor": 50, "refunded_minor": 50}, "refunded"),
            ({"applied_minor": 100, "refunded_minor": 100, "open_attempts": 1}, "refunded"),
            ({"applied_minor": 100, "lost_minor": 100}, "charged_back"),
            ({"applied_minor": 100, "refunded_minor": 60, "lost_minor": 40}, "charged_back"),
            ({"applied_minor": 100, "disputed_minor": 1}, "disputed"),
            ({"applied_minor": 100, "disputed_minor": 100, "refunded_minor": 100}, "disputed"),
            ({"applied_minor": 100, "disputed_minor": 10, "lost_minor": 100}, "disputed"),
        ],
    )
    def test_table(self, order: Order, sums: dict[str, int], expected: str) -> None:
        Order.objects.filter(pk=order.pk).update(**sums)
        order.refresh_from_db()
        assert order.payment_status == expected


class TestConstraints:
    @pytest.mark.parametrize(
        ("columns", "constraint"),
        [
            ({"status": "lost", "paid_at": AT}, "an_order_has_a_known_status"),
            ({"total_minor": 0}, "an_order_costs_something"),
            ({"currency": "XXX"}, "an_order_has_a_known_currency"),
            ({"applied_minor": 101}, "an_order_takes_no_more_than_it_costs"),
            ({"applied_minor": -1}, "an_order_(takes|gives_back)_no_more"),
            ({"applied_minor": 50, "refunded_minor": 51}, "an_order_gives_back_no_more_than_it_took"),
            ({"applied_minor": 50, "refunded_minor": 30, "lost_minor": 21}, "an_order_gives_back_no_more_than_it_took"),
            ({"status": "paid"}, "a_paid_order_says_when"),
        ],
    )
    def test_an_order_that_cannot_be_is_refused(self, order: Order, columns: dict[str, Any], constraint: str) -> None:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**columns)

    @pytest.mark.parametrize(
        ("columns", "constraint"),
        [
            ({"quantity": 0, "amount_minor": 0}, "a_line_has_a_quantity|fees_never"),
            ({"amount_minor": 101}, "a_line_costs_unit_times_quantity"),
            ({"platform_fee_minor": 100}, "fees_never_exceed_their_line"),
            ({"tax_minor": -1}, "fees_never_exceed_their_line"),
            ({"refunded_minor": 101}, "a_line_is_refunded_at_most_once"),
            ({"refunded_minor": -1}, "a_line_is_refunded_at_most_once"),
        ],
    )
    def test_a_line_that_cannot_be_is_refused(self, order: Order, columns: dict[str, Any], constraint: str) -> None:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            OrderLine.objects.filter(order=order).update(**columns)


class TestOrder:
    def test_knows_its_total_and_what_is_due(self, order: Order) -> None:
        assert order.total == Money(100, "INR")
        order.applied_minor = 30
        assert order.due_minor == 70
